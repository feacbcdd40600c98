package theme

import (
	"strconv"

	"fyne.io/fyne/v2"
)

// Role is what a colour means. Where a role is shown a word or a shape says the same, so that nobody has to see colours.
type Role uint8

// The roles. Good, Late and Bad are states; GET to DELETE are the methods of RFC 7252, section 5.8.
const (
	RoleNeutral Role = iota
	RoleAccent
	RoleGET
	RolePOST
	RolePUT
	RoleDELETE
	RoleMQTT
	RoleGood
	RoleLate
	RoleBad
	RoleMuted
	RoleDim
	RoleText
	roleCount
)

var roleColors = [roleCount]fyne.ThemeColorName{
	RoleNeutral: ColorMuted,
	RoleAccent:  ColorAccent,
	RoleGET:     ColorGET,
	RolePOST:    ColorPOST,
	RolePUT:     ColorPUT,
	RoleDELETE:  ColorDELETE,
	RoleMQTT:    ColorMQTT,
	RoleGood:    ColorGood,
	RoleLate:    ColorLate,
	RoleBad:     ColorBad,
	RoleMuted:   ColorMuted,
	RoleDim:     ColorDim,
	RoleText:    ColorText,
}

var roleTints = func() (names [roleCount]fyne.ThemeColorName) {
	for i := range names {
		names[i] = fyne.ThemeColorName("sluiceTint" + strconv.Itoa(i))
	}
	return names
}()

// Color names the colour of texts and lines in this role.
func (r Role) Color() fyne.ThemeColorName {
	if r >= roleCount {
		r = RoleNeutral
	}
	return roleColors[r]
}

// Tint names the colour of the ground behind a text in this role.
func (r Role) Tint() fyne.ThemeColorName {
	if r >= roleCount {
		r = RoleNeutral
	}
	return roleTints[r]
}

// The request codes that have a role, RFC 7252, section 12.1.1, and RFC 8132, section 6.
const (
	codeGET = iota + 1
	codePOST
	codePUT
	codeDELETE
	codeFETCH
	codePATCH
	codeIPATCH
)

// MethodRole returns the role of a CoAP code as it stands in a message's header: a method, or a response by its class.
func MethodRole(code uint8) Role {
	switch code {
	case codeGET, codeFETCH:
		return RoleGET
	case codePOST:
		return RolePOST
	case codePUT, codePATCH, codeIPATCH:
		return RolePUT
	case codeDELETE:
		return RoleDELETE
	}
	switch code >> 5 {
	case 2:
		return RoleGood
	case 4, 5:
		return RoleBad
	}
	return RoleNeutral
}

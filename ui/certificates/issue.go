package certificates

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/pki"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// defaultDays is how long a device's certificate holds unless told otherwise.
const defaultDays = 90

// issue asks for what a device's certificate is to be.
func (p *Pane) issue(name string) {
	f := &issueForm{pane: p}
	f.dialog = p.host.NewDialog(lang.L("Issue device certificate"), lang.L("Issue"), f.submit)
	check := func() { f.check() }
	f.name = f.dialog.NewEntry("sensor-1", check)
	f.organization = f.dialog.NewEntry(pki.Organization, check)
	f.days = f.dialog.NewEntry("", check)
	f.remark = pane.Remark("", theme.RoleLate)
	f.name.SetText(name)
	f.days.SetText(strconv.Itoa(defaultDays))
	f.check()
	many := widget.NewQuietButton(lang.L("Many from a CSV…"), func() {
		f.dialog.Close()
		p.issueMany()
	})
	f.dialog.Open(column(
		pane.Field(lang.L("Name of the device, its common name"), f.name),
		container.NewGridWithColumns(2, pane.Field(lang.L("Organisation"), f.organization), pane.Field(lang.L("Lifetime in days"), f.days)),
		f.remark, container.NewHBox(many)), 480, f.name)
}

// issueForm is the dialog for one certificate.
type issueForm struct {
	pane                     *Pane
	dialog                   *pane.Dialog
	name, organization, days *pane.Entry
	remark                   *fynewidget.Label
}

// request is what the form asks for, and what is wrong with it.
func (f *issueForm) request() (pki.Request, error) {
	r := pki.Request{Name: strings.TrimSpace(f.name.Text), Organization: strings.TrimSpace(f.organization.Text), Kind: pki.Client}
	days, err := strconv.Atoi(strings.TrimSpace(f.days.Text))
	if err != nil || days < 1 || days > 36500 {
		return r, errors.New(lang.L("The lifetime is a number of days from 1 to 36,500"))
	}
	r.Lifetime = time.Duration(days) * day
	return r, r.Check()
}

func (f *issueForm) check() {
	if strings.TrimSpace(f.name.Text) == "" {
		f.dialog.Check(false, nil)
		return
	}
	r, err := f.request()
	pane.SetRemark(f.remark, f.pane.remarkOn(r.Name), theme.RoleLate)
	f.dialog.Check(err == nil, err)
}

// remarkOn says what issuing for a name brings along.
func (p *Pane) remarkOn(name string) string {
	if p.state == nil {
		return ""
	}
	for _, e := range p.state.entries {
		if e.Kind == pki.Client && e.Revoked.IsZero() && commonName(e.Subject) == name {
			return lang.L("{{.Name}} has a certificate already. Both will count; revoke the old one once the device has the new one.", map[string]any{"Name": name})
		}
	}
	if p.state.authority() == "" {
		return lang.L("There is no authority yet; one is made with it.")
	}
	return ""
}

func (f *issueForm) submit() {
	r, err := f.request()
	if err != nil {
		return
	}
	var made pki.Entry
	f.pane.perform(f.dialog, lang.L("Issuing"), func(k Keeper) (err error) {
		made, err = issueWith(k, r)
		return err
	}, func() {
		f.pane.showCertificate(made.ID)
		f.pane.host.Notify(theme.RoleGood, lang.L("The certificate of {{.Name}} was issued", map[string]any{"Name": r.Name}), "", nil)
	})
}

// issueWith issues a certificate, and makes the authority first where there is none.
func issueWith(k Keeper, r pki.Request) (pki.Entry, error) {
	made, err := k.Issue(r)
	if errors.Is(err, pki.ErrNoAuthority) {
		if _, err := k.CreateAuthority("", 0); err != nil {
			return pki.Entry{}, err
		}
		return k.Issue(r)
	}
	return made, err
}

// issueMany asks for a table of devices, shows what it would make and every mistake with its line, and makes it all.
func (p *Pane) issueMany() {
	f := &tableForm{pane: p}
	f.dialog = p.host.NewDialog(lang.L("Issue many device certificates"), lang.L("Issue"), f.submit)
	f.text = f.dialog.NewArea("name,organization,lifetime\nsensor-1,Plant,90d\nsensor-2,Plant,90d", 7, func(string) { f.check() })
	f.preview = widget.NewCode()
	f.preview.Wrap()
	f.preview.Hide()
	f.about = pane.Remark("", theme.RoleGood)
	choose := widget.NewButton(lang.L("Choose a file…"), func() { p.files.Open(f.take) })
	f.dialog.OnClosed(p.host.TakeDropped(f.take))
	f.check()
	f.dialog.Open(column(
		pane.Remark(lang.L("One device a line: name, organization, lifetime; of these only the name is needed. Paste the table, or drop a file here."), theme.RoleText),
		f.text, container.NewHBox(choose), f.about, f.preview), 620, f.text)
}

// tableForm is the dialog for many certificates.
type tableForm struct {
	pane     *Pane
	dialog   *pane.Dialog
	text     *pane.Entry
	about    *fynewidget.Label
	preview  *widget.Code
	table    string
	requests int // how many the table asks for, 0 if there are mistakes
}

// take shows the table that a file holds.
func (f *tableForm) take(_ string, data []byte, err error) {
	if err != nil {
		f.dialog.Check(false, err)
		return
	}
	const entryLimit = 16 << 10 // more than that is slow to edit
	if len(data) > entryLimit {
		f.read(string(data))
		return
	}
	f.text.SetText(string(data))
}

func (f *tableForm) check() { f.read(f.text.Text) }

// previewed bounds the lines of the preview.
const previewed = 200

func (f *tableForm) read(table string) {
	f.table, f.requests = table, 0
	if strings.TrimSpace(table) == "" {
		pane.SetRemark(f.about, "", theme.RoleGood)
		f.preview.Hide()
		f.dialog.Check(false, nil)
		return
	}
	requests, err := pki.ReadCSV(strings.NewReader(table))
	var lines []string
	if err != nil {
		lines = strings.Split(language.Say(err), "\n")
		pane.SetRemark(f.about, lang.N("{{.Count}} mistakes; nothing is made before they are mended", len(lines), map[string]any{"Count": format.Count(int64(len(lines)))}), theme.RoleBad)
	} else {
		f.requests = len(requests)
		for _, r := range requests {
			lines = append(lines, r.Name+"  "+lifetimeOf(r)+"  "+organizationOf(r))
		}
		pane.SetRemark(f.about, lang.N("{{.Count}} certificates will be issued", len(requests), map[string]any{"Count": format.Count(int64(len(requests)))}), theme.RoleGood)
	}
	if rest := len(lines) - previewed; rest > 0 {
		lines = append(lines[:previewed], lang.L("and {{.Count}} more", map[string]any{"Count": format.Count(int64(rest))}))
	}
	f.preview.SetText(strings.Join(lines, "\n"))
	f.preview.Show()
	f.dialog.Check(f.requests > 0, nil)
}

func lifetimeOf(r pki.Request) string {
	if r.Lifetime == 0 {
		return span(pki.ClientLifetime)
	}
	return span(r.Lifetime)
}

func organizationOf(r pki.Request) string {
	if r.Organization == "" {
		return pki.Organization
	}
	return r.Organization
}

func (f *tableForm) submit() {
	table, made := f.table, f.requests
	f.pane.perform(f.dialog, lang.L("Issuing"), func(k Keeper) error {
		_, err := k.IssueCSV(strings.NewReader(table))
		if errors.Is(err, pki.ErrNoAuthority) {
			if _, err = k.CreateAuthority("", 0); err == nil {
				_, err = k.IssueCSV(strings.NewReader(table))
			}
		}
		return err
	}, func() {
		f.pane.host.Notify(theme.RoleGood, lang.N("{{.Count}} certificates were issued", made, map[string]any{"Count": format.Count(int64(made))}), "", nil)
	})
}

package record

import "strings"

// contentFormats is the registry of RFC 7252, section 12.3; encodings follow the media type.
var contentFormats = map[int]string{
	0:     "text/plain;charset=utf-8",
	16:    `application/cose;cose-type="cose-encrypt0"`,
	17:    `application/cose;cose-type="cose-mac0"`,
	18:    `application/cose;cose-type="cose-sign1"`,
	19:    "application/ace+cbor",
	21:    "image/gif",
	22:    "image/jpeg",
	23:    "image/png",
	40:    "application/link-format",
	41:    "application/xml",
	42:    "application/octet-stream",
	47:    "application/exi",
	50:    "application/json",
	51:    "application/json-patch+json",
	52:    "application/merge-patch+json",
	60:    "application/cbor",
	61:    "application/cwt",
	62:    "application/multipart-core",
	63:    "application/cbor-seq",
	64:    "application/edhoc+cbor-seq",
	65:    "application/cid-edhoc+cbor-seq",
	96:    `application/cose;cose-type="cose-encrypt"`,
	97:    `application/cose;cose-type="cose-mac"`,
	98:    `application/cose;cose-type="cose-sign"`,
	101:   "application/cose-key",
	102:   "application/cose-key-set",
	110:   "application/senml+json",
	111:   "application/sensml+json",
	112:   "application/senml+cbor",
	113:   "application/sensml+cbor",
	114:   "application/senml-exi",
	115:   "application/sensml-exi",
	140:   "application/yang-data+cbor;id=sid",
	256:   "application/coap-group+json",
	257:   "application/concise-problem-details+cbor",
	258:   "application/swid+cbor",
	259:   "application/pkixcmp",
	260:   "application/yang-sid+json",
	261:   "application/ace-groupcomm+cbor",
	271:   "application/dots+cbor",
	272:   "application/missing-blocks+cbor-seq",
	280:   "application/pkcs7-mime;smime-type=server-generated-key",
	281:   "application/pkcs7-mime;smime-type=certs-only",
	284:   "application/pkcs8",
	285:   "application/csrattrs",
	286:   "application/pkcs10",
	287:   "application/pkix-cert",
	290:   "application/aif+cbor",
	291:   "application/aif+json",
	310:   "application/senml+xml",
	311:   "application/sensml+xml",
	320:   "application/senml-etch+json",
	322:   "application/senml-etch+cbor",
	340:   "application/yang-data+cbor",
	341:   "application/yang-data+cbor;id=name",
	432:   "application/td+json",
	433:   "application/tm+json",
	10000: "application/vnd.ocf+cbor",
	10001: "application/oscore",
	10002: "application/javascript",
	11050: "application/json (deflate)",
	11060: "application/cbor (deflate)",
	11542: "application/vnd.oma.lwm2m+tlv",
	11543: "application/vnd.oma.lwm2m+json",
	11544: "application/vnd.oma.lwm2m+cbor",
	20000: "text/css",
	30000: "image/svg+xml",
}

// ContentFormatName is the media type registered for a Content-Format number, empty if there is none.
func ContentFormatName(number int) string { return contentFormats[number] }

// MediaType is ContentFormatName without the content coding: empty for a number that stands for a coding as well, whose
// payload is not of the media type until it is decoded (RFC 7252, section 12.3).
func MediaType(number int) string {
	name := contentFormats[number]
	if strings.Contains(name, " (") {
		return ""
	}
	return name
}

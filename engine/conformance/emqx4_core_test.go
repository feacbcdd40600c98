package conformance

import "sluice/engine/settings"

var emqx4Core = section{"3.6", "emqx4: .well-known/core", settings.DialectEMQX4, []row{
	{says: "GET: 2.05, Content-Format 40, an ETag of the first 4 bytes of SHA-1, and the two roots", talk: `
		a GET .well-known/core -> 2.05 etag=90d6c6ac ct=40 "</mqtt>,</ps>"`},
	{says: "a filter is applied to attributes, of which links have none: the payload is empty", talk: `
		a GET .well-known/core?rt=core.ps -> 2.05 etag=da39a3ee ct=40
		a GET .well-known/core?rt=* -> 2.05 etag=da39a3ee ct=40`},
	{says: "POST, PUT and DELETE: 4.05", talk: `
		a POST .well-known/core : 1 -> 4.05
		a PUT .well-known/core : 1 -> 4.05
		a DELETE .well-known/core -> 4.05`},
	{says: "Observe 0 is a GET without it", talk: `
		a GET .well-known/core observe=0 -> 2.05 etag=90d6c6ac ct=40 "</mqtt>,</ps>"`},
	{says: "a path below: 4.04", talk: `a GET .well-known/core/x -> 4.04`},
	{says: "nobody is authenticated", given: account, talk: `
		a GET .well-known/core -> 2.05 etag=90d6c6ac ct=40 "</mqtt>,</ps>"`},
}}

var emqx4Fixed = section{"3.7", "emqx4: retain, QoS, expiry", settings.DialectEMQX4, []row{
	{says: "there are no query parameters for them: QoS 0, not retained, no expiry", talk: `
		m subscribes t
		a PUT mqtt/t?c=x&qos=2&retain=true&expiry=60 : 1 -> 2.04
		m gets t q0 "1"
		a POST ps/t?c=x&qos=2&retain=true&expiry=60 ct=42 : 2 -> 2.01 location=/ps/t
		m gets t q0 "2"
		m2 subscribes t
		m2 gets nothing`},
	{says: "a new observer gets retained messages as notifications after its 2.05", talk: `
		m publishes a/b retain : 1
		a GET mqtt/a/+?c=x observe=0 tkn=01 -> 2.05 observe=0
		a told CON 01 2.05 observe=1 ct=42 "1"`},
	{says: "rules are enforced", given: denied, talk: `a PUT mqtt/no?c=x : 1 -> 4.03`},
}}

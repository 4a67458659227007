package irsatest

import (
	"bytes"
	"regexp"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/fault"
)

// An Effect is what a [Fault] does. Effects that s3readtest has too have the same names there.
type Effect struct{ apply func(*fault.Plan) }

// And is the effect e and then the other, on the same request.
func (e Effect) And(other Effect) Effect {
	return Effect{func(p *fault.Plan) {
		for _, effect := range []Effect{e, other} {
			if effect.apply != nil {
				effect.apply(p)
			}
		}
	}}
}

// Error answers with one of STS's errors instead: Throttling, IDPCommunicationError,
// ServiceUnavailable. An empty message means STS's own. The status is the one that STS has for the
// code, 400 for a code that this package doesn't know; [Status] changes it.
func Error(code, message string) Effect {
	return Effect{func(p *fault.Plan) { p.Error = &fault.Error{Code: code, Message: message} }}
}

// Reply answers with this instead, whatever was asked for: an empty body, a proxy's HTML. It has no
// request id, since it isn't STS's.
func Reply(status int, contentType, body string) Effect {
	return Effect{func(p *fault.Plan) {
		p.Reply = &fault.Reply{Status: status, ContentType: contentType, Body: []byte(body)}
	}}
}

// Status changes the status of the answer, whatever it is. With a Location it is a redirect:
//
//	irsatest.Status(http.StatusTemporaryRedirect).And(irsatest.SetHeader("Location", url))
func Status(status int) Effect {
	return Effect{func(p *fault.Plan) { p.Status = status }}
}

// SetHeader changes a header of the answer, or with an empty value removes it: Date, Location.
func SetHeader(name, value string) Effect {
	return Effect{func(p *fault.Plan) { p.Header.Set(name, value) }}
}

// Omit takes elements out of the XML of the answer, with all that is in them, or members out of the
// agent's JSON: Credentials, Expiration, SessionToken.
func Omit(elements ...string) Effect {
	return Effect{func(p *fault.Plan) {
		for _, name := range elements {
			p.Rewrite = append(p.Rewrite, func(body []byte) []byte { return withoutElement(body, name) })
		}
	}}
}

func withoutElement(document []byte, name string) []byte {
	name = regexp.QuoteMeta(name)
	if bytes.HasPrefix(document, []byte("{")) {
		member := regexp.MustCompile(`"` + name + `":"[^"]*",?`)
		return bytes.Replace(member.ReplaceAll(document, nil), []byte(",}"), []byte("}"), 1)
	}
	element := regexp.MustCompile(`(?s)[ \n]*<` + name + `>.*?</` + name + `>`)
	return bytes.TrimLeft(element.ReplaceAll(document, nil), "\n")
}

// Delay lets the answer begin so much later. The request is judged when it comes.
func Delay(d time.Duration) Effect {
	return Effect{func(p *fault.Plan) { p.Delay += d }}
}

// Stall lets nothing happen any more after so many bytes of the answer's body, or from one of the
// places before it on ([Resolve], [Connect], [TLS], [Response]), until the client gives up or
// [STS.Wait] is called. A client from this package gives up by itself at Resolve and Connect after
// 30 s and at TLS after 10 s, as the SDK's own does.
func Stall(at int64) Effect {
	return Effect{func(p *fault.Plan) { p.Stall(at) }}
}

// Cut ends the connection after so many bytes of the answer's body, or at one of the places before
// it: at [Resolve] the name doesn't resolve, at [Connect] the connection is refused, at [TLS] it is
// reset, and at [Response] it ends without an answer.
func Cut(at int64) Effect {
	return Effect{func(p *fault.Plan) { p.Cut(at) }}
}

// Untrusted lets the server show a certificate of an unknown authority, as a proxy that opens TLS
// does. As for [TLS], it takes a client of this package and a Fault without Op and Match; otherwise
// nothing happens.
func Untrusted() Effect {
	return Effect{func(p *fault.Plan) { p.Untrusted = true }}
}

// Skew puts the clock of STS so far ahead of the client's; negative: behind. The clock shows in the
// Date of answers, in the Expiration of credentials, and in the judgement of signatures:
// [STS.Authorize] goes by the faults that hold for all requests, without a count. The issuer's
// clock is taken to be as far ahead, as where it is the node's that is wrong: tokens are judged by
// the time that they were made in.
func Skew(ahead time.Duration) Effect {
	return Effect{func(p *fault.Plan) { p.Skew += ahead }}
}

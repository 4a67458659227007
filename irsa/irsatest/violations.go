package irsatest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// violations are what is wrong with a request's parameters, in the words with which AWS validates
// requests by the API's model. Names begin with a small letter there.
type violations []string

func (v *violations) add(format string, args ...any) {
	*v = append(*v, fmt.Sprintf(format, args...))
}

// required reports whether a parameter is there.
func (v *violations) required(c *call, parameter, name string) bool {
	if !c.params.Has(parameter) {
		v.add("Value null at '%s' failed to satisfy constraint: Member must not be null", name)
		return false
	}
	return true
}

func (v *violations) length(name, value string, low, high int) {
	v.lengths("Value '"+value+"' at '"+name+"'", value, low, high)
}

// secretLength leaves the value out of the text, as STS does with secrets.
func (v *violations) secretLength(name, value string, low, high int) {
	v.lengths("Value at '"+name+"'", value, low, high)
}

func (v *violations) lengths(subject, value string, low, high int) {
	switch n := utf8.RuneCountInString(value); {
	case n < low:
		v.add("%s failed to satisfy constraint: Member must have length greater than or equal to %d", subject, low)
	case n > high:
		v.add("%s failed to satisfy constraint: Member must have length less than or equal to %d", subject, high)
	}
}

func (v *violations) pattern(name, value string, p *regexp.Regexp) {
	if !p.MatchString(value) {
		v.add("Value '%s' at '%s' failed to satisfy constraint: Member must satisfy regular expression pattern: %s",
			value, name, strings.Trim(p.String(), "^$"))
	}
}

func (v *violations) between(name string, value, low, high int) {
	switch {
	case value < low:
		v.add("Value '%d' at '%s' failed to satisfy constraint: Member must have value greater than or equal to %d",
			value, name, low)
	case value > high:
		v.add("Value '%d' at '%s' failed to satisfy constraint: Member must have value less than or equal to %d",
			value, name, high)
	}
}

// err is nil where nothing is wrong. One error is singular, none and several are plural.
func (v violations) err() *apiError {
	if len(v) == 0 {
		return nil
	}
	noun := "errors"
	if len(v) == 1 {
		noun = "error"
	}
	return badRequest("ValidationError",
		fmt.Sprintf("%d validation %s detected: %s", len(v), noun, strings.Join(v, "; ")))
}

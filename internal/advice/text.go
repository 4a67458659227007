package advice

import "github.com/seed-15cba5db/irsa-go/internal/text"

// Line is text.Line.
func Line(s string) string { return text.Line(s) }

// Clip is text.Clip.
func Clip(s string) string { return text.Clip(s) }

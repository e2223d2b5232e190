package alert

import "io"

// ShortStrings passes JSON on with clipped strings.
func ShortStrings(from io.Reader) io.Reader { return &shortStrings{from: from} }

package alert

import "io"

// ShortStrings passes JSON on with each string cut short.
func ShortStrings(from io.Reader) io.Reader { return &shortStrings{from: from} }

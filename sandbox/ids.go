package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"
)

// IDStyle is a form of message ids. The platform has several, so clients must not rely on one.
type IDStyle int

// Forms of message ids.
const (
	IDClassic IDStyle = iota // om_ and 32 hex digits
	IDNew                    // om_x100b51 and 25 hex digits
	IDLong                   // om_ and 64 characters, not all of them hex
)

// ids generates ids that look random and repeat with the seed. It is safe for concurrent use.
type ids struct {
	seed string
	n    atomic.Uint64
}

// hex returns n <= 64 fresh hex digits.
func (g *ids) hex(n int) string {
	b := binary.BigEndian.AppendUint64([]byte(g.seed), g.n.Add(1))
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])[:n]
}

// below returns a number in [0, n).
func (g *ids) below(n int) int {
	b := binary.BigEndian.AppendUint64([]byte(g.seed), g.n.Add(1))
	sum := sha256.Sum256(b)
	return int(binary.BigEndian.Uint32(sum[:4])) % n
}

func (g *ids) message(style IDStyle) string {
	switch style {
	case IDNew:
		return "om_x100b51" + g.hex(25)
	case IDLong:
		return "om_" + g.hex(30) + "-Z_q" + g.hex(30)
	case IDClassic:
	}
	return "om_" + g.hex(32)
}

package sandbox

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// frame is the protobuf message of the websocket. method is 0 for control, 1 for data.
type frame struct {
	seq, log, service, method uint64
	headers                   []frameHeader
	payload                   []byte
}

type frameHeader struct{ key, value string }

func (f *frame) header(key string) string {
	for _, h := range f.headers {
		if h.key == key {
			return h.value
		}
	}
	return ""
}

// marshal writes the four required fields even when they are zero.
func (f *frame) marshal() []byte {
	b := protowire.AppendTag(nil, 1, protowire.VarintType)
	b = protowire.AppendVarint(b, f.seq)
	b = protowire.AppendTag(b, 2, protowire.VarintType)
	b = protowire.AppendVarint(b, f.log)
	b = protowire.AppendTag(b, 3, protowire.VarintType)
	b = protowire.AppendVarint(b, f.service)
	b = protowire.AppendTag(b, 4, protowire.VarintType)
	b = protowire.AppendVarint(b, f.method)
	for _, h := range f.headers {
		inner := protowire.AppendTag(nil, 1, protowire.BytesType)
		inner = protowire.AppendString(inner, h.key)
		inner = protowire.AppendTag(inner, 2, protowire.BytesType)
		inner = protowire.AppendString(inner, h.value)
		b = protowire.AppendTag(b, 5, protowire.BytesType)
		b = protowire.AppendBytes(b, inner)
	}
	if len(f.payload) > 0 {
		b = protowire.AppendTag(b, 8, protowire.BytesType)
		b = protowire.AppendBytes(b, f.payload)
	}
	return b
}

func parseFrame(b []byte) (*frame, error) {
	out := &frame{}
	err := eachField(b, func(num protowire.Number, n uint64, raw []byte) error {
		switch num {
		case 1:
			out.seq = n
		case 2:
			out.log = n
		case 3:
			out.service = n
		case 4:
			out.method = n
		case 5:
			h, err := parseHeader(raw)
			out.headers = append(out.headers, h)
			return err
		case 8:
			out.payload = raw
		default: // other fields are ignored
		}
		return nil
	})
	return out, err
}

func parseHeader(b []byte) (frameHeader, error) {
	var h frameHeader
	err := eachField(b, func(num protowire.Number, _ uint64, raw []byte) error {
		switch num {
		case 1:
			h.key = string(raw)
		case 2:
			h.value = string(raw)
		default: // no other fields
		}
		return nil
	})
	return h, err
}

// eachField calls visit for the varint and bytes fields of a message and skips the others.
func eachField(b []byte, visit func(num protowire.Number, n uint64, raw []byte) error) error {
	for len(b) > 0 {
		num, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			return errors.New("frame: bad tag")
		}
		b = b[size:]
		var n uint64
		var raw []byte
		switch typ {
		case protowire.VarintType:
			n, size = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			raw, size = protowire.ConsumeBytes(b)
		default:
			size = protowire.ConsumeFieldValue(num, typ, b)
		}
		if size < 0 {
			return errors.New("frame: bad field")
		}
		if err := visit(num, n, raw); err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

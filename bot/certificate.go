package bot

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// CertificateFault is why a TLS connection failed: unknown_authority, expired, wrong_name, or plain where the other
// side does not speak TLS. It is empty for other errors.
func CertificateFault(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "unknown_authority"
	}
	if fault, ok := errors.AsType[x509.CertificateInvalidError](err); ok && fault.Reason == x509.Expired {
		return "expired"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "wrong_name"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "plain"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "invalid"
	}
	return ""
}

package feishu

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"recallbot/bot"
)

const (
	// probeTimeout is how long the platform waits for the response to an event.
	probeTimeout = 3 * time.Second
	// probeType is an event type that bots ignore.
	probeType = "recallbot.doctor"
)

// Probe sends a webhook what the platform would send: the challenge when its URL is saved, and a signed event of an
// ignored type. This checks that something listens there with our encrypt key, verification token and app id.
func Probe(ctx context.Context, cfg Config, address string) bot.Finding {
	found := bot.Finding{Name: "webhook", Args: []string{address}}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	challenge := rand.Text()
	status, answer, err := cfg.probe(ctx, address, map[string]any{
		"type": "url_verification", "challenge": challenge, "token": cfg.VerificationToken.Reveal(),
	}, false)
	if err != nil {
		found.Name, found.Level = "webhook_away", bot.LevelWarn
		if fault := bot.CertificateFault(err); fault != "" {
			found.Name, found.Level = "tls_"+fault, bot.LevelBad
		}
		found.Args = append(found.Args, bot.NetworkText(withoutURL(err)))
		return found
	}
	var echo struct {
		Challenge string `json:"challenge"`
	}
	if json.Unmarshal(answer, &echo) != nil || echo.Challenge != challenge {
		return wrongAnswer(found, status)
	}
	status, _, err = cfg.probe(ctx, address, map[string]any{
		"schema": "2.0", "event": map[string]any{},
		"header": map[string]any{
			"event_id": "doctor-" + challenge, "event_type": probeType, "token": cfg.VerificationToken.Reveal(), "app_id": cfg.AppID,
			"create_time": strconv.FormatInt(cfg.now().UnixMilli(), 10),
		},
	}, true)
	if err != nil || status != http.StatusOK {
		return wrongAnswer(found, status)
	}
	return found
}

func wrongAnswer(found bot.Finding, status int) bot.Finding {
	found.Name, found.Level = "webhook_key", bot.LevelBad
	found.Args = append(found.Args, strconv.Itoa(status))
	return found
}

// probe sends a body as the platform does: encrypted, and signed unless it is a challenge.
func (c Config) probe(ctx context.Context, address string, content map[string]any, signed bool) (int, []byte, error) {
	body, err := json.Marshal(content)
	if err == nil && c.EncryptKey != "" {
		body, err = c.encrypted(body)
	}
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if signed && c.EncryptKey != "" {
		stamp, nonce := strconv.FormatInt(c.now().Unix(), 10), rand.Text()
		sum := sha256.Sum256([]byte(stamp + nonce + c.EncryptKey.Reveal() + string(body)))
		req.Header.Set(headerTimestamp, stamp)
		req.Header.Set(headerNonce, nonce)
		req.Header.Set(headerSignature, hex.EncodeToString(sum[:]))
	}
	client := newTransport(probeTimeout)
	defer client.http.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// encrypted encrypts a body so that decrypt opens it.
func (c Config) encrypted(plain []byte) ([]byte, error) {
	key := sha256.Sum256([]byte(c.EncryptKey.Reveal()))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	padding := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, bytes.Repeat([]byte{byte(padding)}, padding)...)
	sealed := make([]byte, aes.BlockSize+len(plain))
	_, _ = rand.Read(sealed[:aes.BlockSize])                                                         // never fails
	cipher.NewCBCEncrypter(block, sealed[:aes.BlockSize]).CryptBlocks(sealed[aes.BlockSize:], plain) //nolint:gosec // the vector is random
	return json.Marshal(map[string]string{"encrypt": base64.StdEncoding.EncodeToString(sealed)})
}

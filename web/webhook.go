package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

	"recallbot/bot"
)

const (
	// maxBody is far above any event; the platform's largest message is 150 KB.
	maxBody = 1 << 20
	// smallBody is above most events; each connection has a buffer of this size.
	smallBody = 16 << 10
	// maxBodies limits the bytes of all larger bodies together, since they may be forged.
	maxBodies = 32 * maxBody
	// bodyWait is how long a larger body waits for memory.
	bodyWait = time.Second
	// maxEvents limits the events that are being stored. If Redis is away, further events are refused without
	// waiting.
	maxEvents = 512
	// storeTimeout leaves time for the network within the platform's 3 s.
	storeTimeout = 1200 * time.Millisecond
)

// errBusy refuses an event or a call when too many are waiting.
var errBusy = bot.Errorf(bot.Unavailable, "too many are waiting")

var (
	errTooLarge = errors.New("larger than 1 MiB")
	errUnsigned = errors.New("unsigned, and larger than an unsigned request may be")
)

// event is POST /webhook/event. It answers 200 only when the event is stored.
func (s *Server) event(c *gin.Context) {
	began := time.Now()
	kind, result := s.handleEvent(c)
	if s.deps.ObserveEvent != nil {
		s.deps.ObserveEvent(kind, result, time.Since(began))
	}
}

func (s *Server) handleEvent(c *gin.Context) (kind, result string) {
	buffer, _ := s.bodies.Get().(*[smallBody]byte)
	defer s.bodies.Put(buffer)
	body, free, err := s.readBody(c.Request, buffer)
	defer free()
	if err != nil {
		return "", s.refuseBody(c, err)
	}
	envelope, err := s.deps.Opener.Open(c.Request.Header, body)
	if err != nil {
		return "", s.refuseEvent(c, err)
	}
	markAuthenticated(c.Request.Context())
	if envelope.Challenge != "" {
		c.JSON(http.StatusOK, gin.H{"challenge": envelope.Challenge})
		return "url_verification", "answered"
	}
	began := time.Now()
	kept, err := s.storeEvent(c.Request.Context(), envelope.Event)
	if kept != bot.KeptIgnored { // which needs no Redis
		s.storeIncident.ReportOf(c.Request.Context(), "", began, err)
	}
	if err != nil {
		return envelope.Event.Type, s.refuse(c, http.StatusServiceUnavailable, "can't be stored now; send it again", err)
	}
	c.Data(http.StatusOK, gin.MIMEJSON, s.answer(envelope.Event))
	return envelope.Event.Type, string(kept)
}

// refuseBody answers a request whose body could not be read.
func (s *Server) refuseBody(c *gin.Context, err error) string {
	switch {
	case errors.Is(err, errTooLarge):
		return s.refuse(c, http.StatusRequestEntityTooLarge, "larger than 1 MiB", err)
	case errors.Is(err, errUnsigned):
		return s.refuse(c, http.StatusUnauthorized, "not accepted", err)
	case errors.Is(err, errBusy):
		return s.refuse(c, http.StatusServiceUnavailable, "can't be read now; send it again", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return s.refuse(c, http.StatusRequestTimeout, "the body did not come in time", err)
	default:
		return s.refuse(c, http.StatusBadRequest, "unreadable", err)
	}
}

// refuseEvent answers a request that the Opener refused.
func (s *Server) refuseEvent(c *gin.Context, err error) string {
	switch bot.KindOf(err) {
	case bot.Denied:
		return s.refuse(c, http.StatusUnauthorized, "not accepted", err)
	case bot.Unavailable:
		return s.refuse(c, http.StatusServiceUnavailable, "can't be stored now; send it again", err)
	default:
		return s.refuse(c, http.StatusBadRequest, "unreadable", err)
	}
}

func (s *Server) answer(e bot.Event) []byte {
	if s.deps.Answer == nil {
		return []byte("{}")
	}
	return s.deps.Answer(e)
}

// readBody reads a body: a small one into the buffer, a larger one into memory of the byte budget, which is reserved
// by Content-Length before reading and released by free.
func (s *Server) readBody(r *http.Request, buffer *[smallBody]byte) (body []byte, free func(), err error) {
	free = func() {}
	limit := min(s.deps.Opener.MaxBody(r.Header), maxBody)
	switch length := int(min(r.ContentLength, maxBody+1)); {
	case length > maxBody:
		return nil, free, errTooLarge
	case length > limit:
		return nil, free, errUnsigned
	case length > smallBody:
		return s.readLarge(r, nil, length)
	case length >= 0:
		_, err = io.ReadFull(r.Body, buffer[:length])
		return buffer[:length], free, err
	}
	begun := buffer[:min(smallBody, limit+1)]
	n, err := io.ReadFull(r.Body, begun)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return begun[:n], free, nil
	case err != nil:
		return nil, free, err
	case n > limit:
		return nil, free, discardUnsigned(r.Body, n)
	}
	return s.readLarge(r, begun, maxBody+1)
}

// discardUnsigned reads the rest of an unsigned body whose first n bytes exceed its limit, and returns why it is
// refused.
func discardUnsigned(body io.Reader, n int) error {
	_, err := io.CopyN(io.Discard, body, int64(maxBody+1-n))
	switch {
	case err == nil:
		return errTooLarge
	case errors.Is(err, io.EOF):
		return errUnsigned
	default:
		return err
	}
}

// readLarge reads a body of size bytes, or with its first bytes in begun a body of unknown length below size.
func (s *Server) readLarge(r *http.Request, begun []byte, size int) (body []byte, free func(), err error) {
	ctx, cancel := context.WithTimeout(r.Context(), bodyWait)
	defer cancel()
	taken, ok := s.bodyBudget.acquire(ctx, size, connOf(r.Context()).abort)
	if !ok {
		return nil, func() {}, errBusy
	}
	free = func() { s.bodyBudget.release(taken) }
	body = make([]byte, size)
	n, err := io.ReadFull(r.Body, body[copy(body, begun):])
	s.bodyBudget.markRead(taken)
	switch {
	case begun == nil:
		return body, free, err
	case err == nil:
		return nil, free, errTooLarge
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return body[:len(begun)+n], free, nil
	default:
		return nil, free, err
	}
}

func (s *Server) storeEvent(ctx context.Context, e bot.Event) (bot.Kept, error) {
	select {
	case s.eventSlots <- struct{}{}:
		defer func() { <-s.eventSlots }()
	default:
		return "", errBusy
	}
	return s.deps.Intake(s.storeDeadlines.withTimeout(ctx), e)
}

// refuse answers with a status. The message does not reveal the cause, which is logged.
func (s *Server) refuse(c *gin.Context, status int, message string, cause error) string {
	if status != http.StatusServiceUnavailable && s.warnLimit.Allow() { // those are reported as incidents
		s.deps.Logger.WarnContext(c.Request.Context(), "event refused",
			"status", status, "remote", c.Request.RemoteAddr, "error", cause)
	}
	c.JSON(status, problem(message))
	return http.StatusText(status)
}

func problem(message string) gin.H { return gin.H{"error": message} }

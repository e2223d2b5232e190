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
	// smallBody is above most events; for so much, memory is kept ready, for each connection.
	smallBody = 16 << 10
	// maxBodies is how many bytes of larger bodies are held at once that may be a stranger's.
	maxBodies = 32 * maxBody
	// bodyWait is how long a larger body waits for room.
	bodyWait = time.Second
	// maxEvents is how many events may be on their way to Redis at once; with Redis away, the rest is turned down
	// without waiting.
	maxEvents = 512
	// storeTimeout leaves the platform's 3 s with room for the network.
	storeTimeout = 1200 * time.Millisecond
)

// errBusy turns down an event, or a call, when too many are waiting already.
var errBusy = bot.Errorf(bot.Unavailable, "too many are waiting")

var (
	errTooLarge = errors.New("larger than 1 MiB")
	errUnsigned = errors.New("unsigned, and larger than what may be")
)

// event is POST /webhook/event. It answers 200 only when the event is safe.
func (s *Server) event(c *gin.Context) {
	began := time.Now()
	kind, result := s.handleEvent(c)
	if s.deps.Observe != nil {
		s.deps.Observe(kind, result, time.Since(began))
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
	if kept != bot.KeptIgnored { // that would be so without Redis
		s.storeIncident.ReportOf(c.Request.Context(), "", began, err)
	}
	if err != nil {
		return envelope.Event.Type, s.refuse(c, http.StatusServiceUnavailable, "can't be kept now; send it again", err)
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

// refuseEvent answers a request that is not the platform's, or makes no sense.
func (s *Server) refuseEvent(c *gin.Context, err error) string {
	switch bot.KindOf(err) {
	case bot.Denied:
		return s.refuse(c, http.StatusUnauthorized, "not accepted", err)
	case bot.Unavailable:
		return s.refuse(c, http.StatusServiceUnavailable, "can't be kept now; send it again", err)
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

// readBody reads a body. A usual one stands in the buffer; a larger one takes up room, from before it is read until free is
// called, as much as was announced.
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

// discardUnsigned reads and discards the rest of an unsigned body whose first n bytes are already more than it may have, and gives the
// reason to refuse it.
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

// readLarge reads the rest of a body that has so many bytes, or where begun are its first ones at most so many less one.
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
	return s.deps.Intake.Keep(s.storeDeadlines.withTimeout(ctx), e)
}

// refuse answers with a status; what it says to a stranger never tells why.
func (s *Server) refuse(c *gin.Context, status int, says string, cause error) string {
	if status != http.StatusServiceUnavailable && s.warnLimit.Allow() { // that has been reported
		s.deps.Logger.WarnContext(c.Request.Context(), "event not taken",
			"status", status, "remote", c.Request.RemoteAddr, "error", cause)
	}
	c.JSON(status, problem(says))
	return http.StatusText(status)
}

func problem(says string) gin.H { return gin.H{"error": says} }

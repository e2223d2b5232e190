package consent_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/consent"
)

const (
	olga   = bot.UserID("ou_olga")
	launch = bot.ChatID("oc_launch")
	here   = "https://bot.example/oauth/callback"
)

// harness is a platform and a vault in memory, for any number of replicas.
type harness struct {
	mu        sync.Mutex
	n         int
	who       bot.UserID
	verifier  string // of the newest link
	live      map[bot.Secret]bool
	refresh   map[bot.Secret]bool
	refreshes int
	lost      bool // the answer to the next renewal
	asked     map[string]bot.Consent
	grants    map[bot.UserID]bot.KeptGrant
	held      map[bot.UserID]bool
	told      []string
	records   []string
	recorded  map[string]bool
	unwritten error   // of every record
	dropErr   error   // of every deletion of a grant
	faults    []error // of the next calls of the platform
	log       bytes.Buffer
}

func newHarness() *harness {
	return &harness{
		who: olga, live: map[bot.Secret]bool{}, refresh: map[bot.Secret]bool{}, asked: map[string]bot.Consent{},
		grants: map[bot.UserID]bot.KeptGrant{}, held: map[bot.UserID]bool{}, recorded: map[string]bool{},
	}
}

func (d *harness) replica() *consent.Service {
	return consent.New(consent.Config{
		Redirect: func() string { return here }, Log: slog.New(slog.NewTextHandler(&d.log, nil)), Now: time.Now,
	}, consent.Deps{
		Platform: d, Consents: d, Vault: d, Hold: d.Hold, Record: d.Record,
		Gone: func(_ context.Context, who bot.UserID, key string) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.told = append(d.told, string(who)+" "+key)
			return nil
		},
	})
}

func (d *harness) issue() bot.Grant {
	d.n++
	g := bot.Grant{
		Access: bot.Secret(fmt.Sprintf("a%d", d.n)), AccessEnds: time.Now().Add(2 * time.Hour),
		Refresh: bot.Secret(fmt.Sprintf("r%d", d.n)), RefreshEnds: time.Now().Add(7 * 24 * time.Hour),
	}
	d.live[g.Access], d.refresh[g.Refresh] = true, true
	return g
}

func denied() error { return &bot.Error{Kind: bot.Denied, Reason: bot.ReasonConsentGone, Code: 20073} }

func (d *harness) ConsentURL(redirect, state, verifier string) string {
	d.verifier = verifier
	return "https://platform.example/?" + url.Values{"redirect_uri": {redirect}, "state": {state}}.Encode()
}

// fault is the error of the next call of the platform.
func (d *harness) fault() error {
	if len(d.faults) == 0 {
		return nil
	}
	err := d.faults[0]
	d.faults = d.faults[1:]
	return err
}

func (d *harness) Exchange(_ context.Context, code, redirect, verifier string) (bot.Grant, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.fault(); err != nil {
		return bot.Grant{}, err
	}
	if code != "code" || redirect != here || verifier != d.verifier {
		return bot.Grant{}, denied()
	}
	return d.issue(), nil
}

func (d *harness) Refresh(_ context.Context, token bot.Secret) (bot.Grant, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refreshes++
	if err := d.fault(); err != nil {
		return bot.Grant{}, err
	}
	if !d.refresh[token] {
		return bot.Grant{}, denied()
	}
	delete(d.refresh, token)
	g := d.issue()
	if d.lost {
		d.lost = false
		return bot.Grant{}, &bot.Error{Kind: bot.Unavailable, MayHaveActed: true}
	}
	return g, nil
}

func (d *harness) WhoIs(context.Context, bot.Secret) (bot.UserID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.who, d.fault()
}

func (d *harness) Ask(_ context.Context, state string, asked bot.Consent, _ time.Duration) error {
	d.asked[state] = asked
	return nil
}

func (d *harness) Take(_ context.Context, state string) (bot.Consent, bool, error) {
	asked, ok := d.asked[state]
	delete(d.asked, state)
	return asked, ok, nil
}

func (d *harness) Void(_ context.Context, who bot.UserID, _ time.Duration) error {
	maps.DeleteFunc(d.asked, func(_ string, asked bot.Consent) bool { return asked.Who == who })
	return nil
}

func (d *harness) Load(_ context.Context, who bot.UserID) (bot.KeptGrant, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept, ok := d.grants[who]
	return kept, ok, nil
}

func (d *harness) Put(_ context.Context, who bot.UserID, chat bot.ChatID, grant bot.Grant, at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.grants[who] = bot.KeptGrant{
		Grant: grant, Who: who, Given: at, Version: string(grant.Access), Everywhere: chat == "", Chats: []bot.ChatID{chat},
	}
	return nil
}

func (d *harness) Renew(_ context.Context, kept bot.KeptGrant, grant bot.Grant) (bot.KeptGrant, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.grants[kept.Who].Version != kept.Version {
		return bot.KeptGrant{}, false, nil
	}
	kept.Grant, kept.Version = grant, string(grant.Access)
	d.grants[kept.Who] = kept
	return kept, true, nil
}

func (d *harness) Drop(_ context.Context, who bot.UserID, version string) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept, ok := d.grants[who]
	if !ok || version != "" && kept.Version != version {
		return false, nil
	}
	if d.dropErr != nil {
		return false, d.dropErr
	}
	delete(d.grants, who)
	return true, nil
}

func (d *harness) Due(_ context.Context, before time.Time, _ int) ([]bot.UserID, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var due []bot.UserID
	for who, kept := range d.grants {
		if kept.RefreshEnds.Before(before) {
			due = append(due, who)
		}
	}
	return due, nil
}

func (d *harness) Hold(_ context.Context, who bot.UserID, _ time.Duration) (func(), bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held[who] {
		return nil, false, nil
	}
	d.held[who] = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.held[who] = false
	}, true, nil
}

func (d *harness) Record(_ context.Context, key string, e audit.Entry) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unwritten != nil || d.recorded[key] {
		return false, d.unwritten
	}
	d.recorded[key] = true
	text := fmt.Sprintf("%s %s %s %s %s", e.Who, e.Via, e.Chat, e.Rule, e.Result)
	if e.Reason != "" {
		text += fmt.Sprintf(" %s %d", e.Reason, e.Code)
	}
	d.records = append(d.records, text)
	return true, nil
}

// call is a call with a token, which succeeds while the token is valid.
func (d *harness) call(_ context.Context, token bot.Secret) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.live[token] {
		return denied()
	}
	return nil
}

// authorises begins and finishes a consent, and returns the state.
func (d *harness) authorises(t *testing.T, o *consent.Service, chat bot.ChatID) (state string, err error) {
	t.Helper()
	link, err := o.Begin(t.Context(), bot.Consent{Who: olga, Chat: chat, Asked: "oc_p2p", Language: "en"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	state = u.Query().Get("state")
	if asked := d.asked[state]; len(state) < 26 || len(asked.Verifier) < 43 || len(asked.Verifier) > 128 {
		t.Errorf("state %d, verifier %d characters", len(state), len(asked.Verifier))
	}
	_, err = o.Finish(t.Context(), state, "code")
	return state, err
}

func (d *harness) mustAuthorise(t *testing.T, o *consent.Service) {
	t.Helper()
	if _, err := d.authorises(t, o, launch); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyThePersonWhoWasAsked(t *testing.T) {
	t.Parallel()
	d := newHarness()
	o := d.replica()
	for _, other := range []bot.UserID{"ou_mia", ""} {
		d.who = other
		_, err := d.authorises(t, o, launch)
		if bot.KindOf(err) != bot.Denied || bot.Detail(err).Reason != bot.ReasonOtherPerson || len(d.grants) != 0 {
			t.Errorf("%q finishes: %v, %d kept", other, err, len(d.grants))
		}
	}
	d.who = olga
	state, err := d.authorises(t, o, launch)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Finish(t.Context(), state, "code"); bot.KindOf(err) != bot.NotFound {
		t.Errorf("a second time: %v", err)
	}
	for chat, want := range map[bot.ChatID]bool{launch: true, "oc_sales": false, "": false} {
		if granted, err := o.HasGrant(t.Context(), olga, chat); granted != want || err != nil {
			t.Errorf("granted in %q: %t, %v", chat, granted, err)
		}
	}
	if err := o.Use(t.Context(), olga, "oc_sales", d.call); bot.Detail(err).Reason != bot.ReasonConsentGone {
		t.Errorf("use elsewhere: %v", err)
	}
	if _, err := o.Begin(t.Context(), bot.Consent{Chat: launch}); err == nil {
		t.Error("a link without a person")
	}
}

func TestReplicasRenewOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		one, two := d.replica(), d.replica()
		d.mustAuthorise(t, one)
		time.Sleep(119 * time.Minute)
		var calls sync.WaitGroup
		for i := range 20 {
			o := one
			if i%2 == 0 {
				o = two
			}
			calls.Go(func() {
				if err := o.Use(t.Context(), olga, launch, d.call); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if d.refreshes != 1 || len(d.told) != 0 {
			t.Errorf("%d renewals, told %v", d.refreshes, d.told)
		}
	})
}

func TestRejectedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	d := newHarness()
	o := d.replica()
	d.mustAuthorise(t, o)
	clear(d.live)
	if err := o.Use(t.Context(), olga, launch, d.call); err != nil || d.refreshes != 1 {
		t.Errorf("%v, %d renewals", err, d.refreshes)
	}
	refuse := func(context.Context, bot.Secret) error { return denied() }
	if err := o.Use(t.Context(), olga, launch, refuse); bot.Detail(err).Reason != bot.ReasonConsentGone || d.refreshes != 2 {
		t.Errorf("%v, %d renewals", err, d.refreshes)
	}
	if len(d.grants) != 0 || len(d.told) != 1 || !strings.HasPrefix(d.told[0], "ou_olga lapsed/") {
		t.Errorf("%d kept, told %v", len(d.grants), d.told)
	}
}

func TestALostRenewal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		o := d.replica()
		d.mustAuthorise(t, o)
		time.Sleep(119 * time.Minute)
		d.lost = true
		if err := o.Use(t.Context(), olga, launch, d.call); err != nil {
			t.Errorf("with the old token: %v", err)
		}
		if err := o.Use(t.Context(), olga, launch, d.call); bot.Detail(err).Reason != bot.ReasonConsentGone {
			t.Errorf("after its end: %v", err)
		}
		if len(d.grants) != 0 || len(d.told) != 1 {
			t.Errorf("%d kept, told %v", len(d.grants), d.told)
		}
	})
}

// TestTransientFailureKeepsConsent: the link can be used once, so transient failures are retried at once.
func TestTransientFailureKeepsConsent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		faulty := &bot.Error{Kind: bot.Unavailable, Reason: bot.ReasonUnavailable, Code: 20050}
		busy := &bot.Error{Kind: bot.RateLimited, RetryAfter: 2 * time.Second}
		d.faults = []error{faulty, busy, nil, faulty, faulty}
		began := time.Now()
		d.mustAuthorise(t, d.replica())
		if took := time.Since(began); len(d.grants) != 1 || took > 4*time.Second {
			t.Errorf("%d kept, after %s", len(d.grants), took)
		}
		d.faults = slices.Repeat([]error{faulty}, 100)
		if _, err := d.authorises(t, d.replica(), launch); bot.KindOf(err) != bot.Unavailable || time.Since(began) > 20*time.Second {
			t.Errorf("with the platform unavailable: %v", err)
		}
	})
}

// TestOnlyThePlatformEndsAConsent: only errors about the grant end it; after any other error of a renewal it stays.
func TestOnlyThePlatformEndsAConsent(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]*bot.Error{
		"internal error":      {Kind: bot.Unavailable, Reason: bot.ReasonUnavailable, Code: 20072},
		"an unknown code":     {Kind: bot.Denied, Reason: bot.ReasonOther, Code: 4711},
		"a wrong secret":      {Kind: bot.Unavailable, Reason: bot.ReasonCredentials, Code: 20002},
		"the app is disabled": {Kind: bot.Denied, Reason: bot.ReasonAppOff, Code: 20069},
		"an invalid request":  {Kind: bot.Invalid, Reason: bot.ReasonBadRequest, Code: 20001},
		"a rate limit":        {Kind: bot.RateLimited, Reason: bot.ReasonRateLimited, RetryAfter: time.Second},
	} {
		d := newHarness()
		o := d.replica()
		d.mustAuthorise(t, o)
		clear(d.live)
		d.faults = []error{answer}
		if err := o.Use(t.Context(), olga, launch, d.call); bot.Detail(err) != answer || len(d.grants) != 1 || len(d.told) != 0 {
			t.Errorf("%s: %v, %d kept, told %v", name, err, len(d.grants), d.told)
		}
		if err := o.Use(t.Context(), olga, launch, d.call); err != nil {
			t.Errorf("%s, next call: %v", name, err)
		}
	}
}

func TestUnusedGrantIsRenewed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		o := d.replica()
		d.mustAuthorise(t, o)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { o.Run(ctx) })
		time.Sleep(30 * 24 * time.Hour)
		stop()
		running.Wait()
		if err := o.Use(t.Context(), olga, launch, d.call); err != nil {
			t.Error(err)
		}
	})
}

// TestRenewalByAnotherReplica: a grant that could not be renewed here, and was renewed by another replica, no longer counts as failed.
func TestRenewalByAnotherReplica(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		o := d.replica()
		d.mustAuthorise(t, o)
		time.Sleep(6 * 24 * time.Hour)
		d.faults = []error{bot.Errorf(bot.Unavailable, "no answer")}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { o.Run(ctx) })
		synctest.Wait()
		d.mu.Lock()
		kept := d.grants[olga]
		kept.Grant, kept.Version = d.issue(), "another"
		d.grants[olga] = kept
		d.mu.Unlock()
		time.Sleep(time.Hour)
		stop()
		running.Wait()
		if log := d.log.String(); strings.Count(log, "grants not renewed") != 1 || strings.Count(log, "grants renewed again") != 1 {
			t.Errorf("logged:\n%s", log)
		}
	})
}

func TestLateRevocation(t *testing.T) {
	t.Parallel()
	d := newHarness()
	o := d.replica()
	before := time.Now().Add(-time.Minute)
	d.mustAuthorise(t, o)
	for _, tc := range []struct {
		until time.Time
		kept  int
	}{{before, 1}, {time.Now().Add(time.Minute), 0}} {
		err := o.Drop(t.Context(), bot.Withdrawal{CauseID: "e1", Who: olga, Via: bot.ViaPlatform, Until: tc.until})
		if err != nil || len(d.grants) != tc.kept || len(d.told) != 1-tc.kept {
			t.Errorf("%v, %d kept, told %v", err, len(d.grants), d.told)
		}
	}
}

// TestLinksEndWithTheAuthorisation: a link from before the person withdrew the grant is void.
func TestLinksEndWithTheAuthorisation(t *testing.T) {
	t.Parallel()
	d := newHarness()
	o := d.replica()
	link, err := o.Begin(t.Context(), bot.Consent{Who: olga, Chat: launch, Asked: "oc_p2p"})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Drop(t.Context(), bot.Withdrawal{CauseID: "e2", Who: olga, Via: bot.ViaDeauthorize, Asked: "oc_p2p"}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Finish(t.Context(), u.Query().Get("state"), "code"); bot.KindOf(err) != bot.NotFound || len(d.grants) != 0 {
		t.Errorf("finished: %v, %d kept", err, len(d.grants))
	}
	d.mustAuthorise(t, o) // a new link is good
}

package consent_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
)

// begins returns the state of a new link.
func (d *harness) begins(t *testing.T, asked bot.Consent) string {
	t.Helper()
	link, err := d.replica().Begin(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("state")
}

func (d *harness) recordedSoFar(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, d.records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	d.records = nil
}

func TestEveryConsentIsRecorded(t *testing.T) {
	t.Parallel()
	d := newHarness()
	o := d.replica()
	d.who = "ou_mia"
	if _, err := d.authorises(t, o, launch); err == nil {
		t.Error("another person authorises")
	}
	d.recordedSoFar(t, "ou_olga consent oc_launch own_consent refused other_person 0")
	d.who = olga
	if _, err := o.Finish(t.Context(), d.begins(t, bot.Consent{Who: olga, Chat: launch}), "forged"); err == nil {
		t.Error("a forged code")
	}
	d.recordedSoFar(t, "ou_olga consent oc_launch own_consent failed consent_gone 20073")
	state := d.begins(t, bot.Consent{Who: olga, Chat: launch})
	for _, want := range []bot.ErrorKind{0, bot.NotFound} {
		if _, err := o.Decline(t.Context(), state); want != 0 && bot.KindOf(err) != want || want == 0 && err != nil {
			t.Errorf("decline: %v", err)
		}
	}
	d.recordedSoFar(t, "ou_olga consent oc_launch own_consent refused consent_declined 0")
	d.mustAuthorise(t, o)
	if _, err := d.authorises(t, o, ""); err != nil {
		t.Fatal(err)
	}
	d.recordedSoFar(t, "ou_olga consent oc_launch own_consent authorised", "ou_olga consent oc_p2p own_consent authorised")
}

func TestNothingIsKeptWithoutItsRecord(t *testing.T) {
	t.Parallel()
	d := newHarness()
	o := d.replica()
	d.unwritten = errors.New("no redis")
	if _, err := d.authorises(t, o, launch); !errors.Is(err, d.unwritten) || len(d.grants) != 0 {
		t.Errorf("%v, %d kept", err, len(d.grants))
	}
	d.unwritten = nil
	d.mustAuthorise(t, o)
	d.unwritten = errors.New("no redis")
	w := bot.Withdrawal{CauseID: "e1", Who: olga, Via: bot.ViaDeauthorize, Asked: launch}
	if err := o.Drop(t.Context(), w); !errors.Is(err, d.unwritten) || len(d.grants) != 1 {
		t.Errorf("%v, %d kept", err, len(d.grants))
	}
}

func TestEveryEndIsRecordedOnce(t *testing.T) {
	t.Parallel()
	d := newHarness()
	o := d.replica()
	d.mustAuthorise(t, o)
	d.records = nil
	w := bot.Withdrawal{CauseID: "e1", Who: olga, Via: bot.ViaDeauthorize, Asked: "oc_sales"}
	for range 2 {
		if err := o.Drop(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	d.recordedSoFar(t, "ou_olga deauthorize oc_launch own_consent deauthorised", "ou_olga deauthorize oc_sales own_consent deauthorised")

	w.CauseID = "e2"
	if err := o.Drop(t.Context(), w); err != nil {
		t.Errorf("without a grant: %v", err)
	}
	d.recordedSoFar(t, "ou_olga deauthorize oc_sales own_consent already_gone")

	d.mustAuthorise(t, o)
	d.records = nil
	revoked := bot.Withdrawal{CauseID: "e3", Who: olga, Via: bot.ViaPlatform, Until: time.Now().Add(time.Minute)}
	d.dropErr = errors.New("no redis") // then the person is notified and the end recorded, but the grant is not deleted yet
	if err := o.Drop(t.Context(), revoked); !errors.Is(err, d.dropErr) {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"ou_olga e3/platform"}, d.told); diff != "" {
		t.Errorf("-want +told\n%s", diff)
	}
	d.dropErr = nil
	for range 2 {
		if err := o.Drop(t.Context(), revoked); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.grants) != 0 {
		t.Error("the grant is not deleted")
	}
	d.recordedSoFar(t, "ou_olga platform oc_launch own_consent deauthorised")

	d.mustAuthorise(t, o)
	d.records = nil
	clear(d.live)
	clear(d.refresh)
	if err := o.Use(t.Context(), olga, launch, d.call); err == nil {
		t.Error("an ended grant works")
	}
	d.recordedSoFar(t, "ou_olga platform oc_launch own_consent deauthorised consent_gone 20073")
}

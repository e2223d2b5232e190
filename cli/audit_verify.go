package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"recallbot/app"
	"recallbot/audit"
	"recallbot/store"
)

func auditVerifyCommand(r *run) *cobra.Command {
	var last int64
	cmd := &cobra.Command{
		Use: "verify [<file>...]", Short: "Look whether records are missing or were changed: in Redis, or in files of JSON lines.", Args: r.checkArgs,
		Annotations: map[string]string{"file": "Files that audit.file named; those of several replicas together."},
		RunE:        func(cmd *cobra.Command, files []string) error { return r.verify(cmd.Context(), files, last) },
	}
	cmd.Flags().Int64Var(&last, "last", 0, "`NUMBER` of a record that was made, known from elsewhere: one that is missing shows, even where all of Redis was put back.")
	return cmd
}

func (r *run) verify(ctx context.Context, files []string, last int64) error {
	config, err := app.Load(r.config, os.Environ())
	if err != nil {
		return err
	}
	whole := false
	if len(files) > 0 {
		whole, err = VerifyFiles(config, files, last, r.out)
	} else {
		err = r.withTools(ctx, func(t *Tools) error { whole, err = t.Verify(ctx, last); return err })
	}
	if err == nil && !whole {
		return errReported
	}
	return err
}

const (
	// maxBreaks is the number of breaks that are printed.
	maxBreaks = 20
	// maxLine is the maximum length of a record in a file, in bytes.
	maxLine = 1 << 20
)

// Verify checks that no record in Redis is missing or changed, prints the result, and reports whether all is intact. The
// argument known is the number of a record that is known to exist; 0 if there is none.
func (t *Tools) Verify(ctx context.Context, known int64) (bool, error) {
	report, err := store.NewAudit(t.store).Verify(ctx, known)
	if err != nil {
		return false, err
	}
	ok := printChain(t.out, report)
	if ok && known == 0 {
		fmt.Fprintln(t.out, lastHint)
	}
	return ok && len(report.Unreadable) == 0, nil
}

// lastHint is printed after a verification without --last.
const lastHint = "Redis alone can't tell whether all of it was put back to an earlier state; " +

	"keep the last number somewhere else, and give it as --last"

// VerifyFiles is Verify for files of JSON lines. Together they form one chain: each replica writes its own file.
func VerifyFiles(config app.Config, files []string, known int64, out io.Writer) (bool, error) {
	if err := config.Store.Validate(); err != nil {
		return false, err
	}
	chain := audit.NewChain(config.Store.Sealer())
	for _, path := range files {
		if err := readChain(chain, path); err != nil {
			return false, fileFault(path, err)
		}
	}
	report := chain.Report(0, known)
	ok := printChain(out, report)
	return ok && (report.Records > 0 || len(report.Unreadable) == 0), nil
}

func readChain(chain *audit.Chain, path string) error {
	file, err := os.Open(path) //nolint:gosec // the operator's own path
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		if line := bytes.TrimSpace(lines.Bytes()); len(line) > 0 {
			chain.Add(line, path+":"+strconv.Itoa(n))
		}
	}
	return errors.Join(lines.Err(), file.Close())
}

// printChain prints the report, and reports whether the chain is intact.
func printChain(out io.Writer, r audit.ChainReport) bool {
	if r.Older > 0 {
		fmt.Fprintf(out, "%d records are older than the chain and can't be checked\n", r.Older)
	}
	for i, where := range r.Unreadable {
		if i == maxBreaks {
			fmt.Fprintf(out, "and %d more\n", len(r.Unreadable)-i)
			break
		}
		fmt.Fprintf(out, "%s: no record can be read there\n", where)
	}
	if r.OlderActs > 0 {
		fmt.Fprintf(out, "%d acts are kept from before these records\n", r.OlderActs)
	}
	if len(r.Breaks) == 0 {
		if r.Records == 0 {
			fmt.Fprintln(out, "no records")
		} else {
			fmt.Fprintf(out, "%d records, %d to %d: none is missing, none was changed\n", r.Records, r.First, r.Last)
		}
		return true
	}
	fmt.Fprintf(out, "%d records, %d to %d: the chain is broken, first at:\n", r.Records, r.First, r.Last)
	for i, b := range r.Breaks {
		if i == maxBreaks {
			fmt.Fprintf(out, "and %d more\n", len(r.Breaks)-i)
			break
		}
		fmt.Fprintln(out, breakText(b))
	}
	return false
}

func breakText(b audit.Break) string {
	text := "record " + strconv.FormatInt(b.From, 10)
	many := fmt.Sprintf("records %d to %d", b.From, b.To)
	place := ""
	if b.Where != "" {
		place = " (" + b.Where + ")"
	}
	switch b.Flaw {
	case audit.FlawMissing:
		if b.To > b.From {
			return many + " are missing"
		}
		return text + " is missing"
	case audit.FlawLostActs:
		return "of the " + many + " acts are missing"
	case audit.FlawSetBack:
		return fmt.Sprintf("%s%s was made after the record had been set back: up to %d there were others", text, place, b.To)
	case audit.FlawWitness:
		if b.From == 0 {
			return fmt.Sprintf("there are no records, and %s shows that there were some", b.Where)
		}
		return fmt.Sprintf("the newest record is %d, and %s knows of %d", b.From, b.Where, b.To)
	case audit.FlawForeign:
		return "an entry without a number" + place + " stands behind those that have one"
	case audit.FlawEnd:
		if b.From == 0 {
			return "the end of the record is not sealed as it was left: it was set back or changed, or records were taken away"
		}
		return "before " + text + place + " was made, the end of the record was not sealed as it had been left"
	default:
		return text + place + " " + flawTexts()[b.Flaw]
	}
}

func flawTexts() map[audit.Flaw]string {
	return map[audit.Flaw]string{
		audit.FlawChanged:     "was changed, or sealed with a key that is not store.audit_key",
		audit.FlawUnlinked:    "does not follow the one before it: one of them was made anew",
		audit.FlawTwice:       "stands there twice, with different words",
		audit.FlawUnsealed:    "is sealed without the key",
		audit.FlawOrder:       "is not in the place of its number",
		audit.FlawBeyond:      "comes after the end of the record",
		audit.FlawChatMissing: "is missing in its chat's own record",
		audit.FlawChatForeign: "is not what was recorded there",
	}
}

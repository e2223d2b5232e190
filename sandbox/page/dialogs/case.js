import { loadCase, savedCase } from "../build.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { toast } from "../render/toast.js";
import { labelled, openDialog } from "./dialog.js";

/** saveCase downloads the case as a file. */
export async function saveCase() {
  try {
    const link = h("a", { href: URL.createObjectURL(await savedCase()), download: `sandbox-${new Date().toISOString().slice(0, 10)}.json` });
    link.click();
    URL.revokeObjectURL(link.href);
    toast(t("caseSaved"), "success");
  } catch (error) {
    toast(t("failed", { error: error.message }), "error");
  }
}

/** loadDialog replaces everything by a case from a file. */
export function loadDialog() {
  const file = h("input.text-field", { type: "file", accept: ".json,application/json", autofocus: true, "data-testid": "case-file" });
  openDialog({
    name: "load", title: t("loadCase"), lead: t("loadLead"), action: t("load"),
    content: [labelled(t("caseFile"), file)],
    submit: async () => {
      if (file.files.length === 0) throw new Error(t("noFile"));
      await loadCase(file.files[0]);
      toast(t("caseLoaded", { file: file.files[0].name }), "success");
    },
  });
}

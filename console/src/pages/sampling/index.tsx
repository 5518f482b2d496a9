/** What is traced when a request begins, and what of that is kept once it has ended. */
import "./style.css";
import { Tabs } from "../../ui/index.ts";
import { KeepView } from "./keep-view.tsx";
import { RulesView } from "./rules-view.tsx";
import { go, VIEWS, view } from "./state.ts";

const NAMES = { rules: "When a request begins", keep: "Once a trace has settled" } as const;

export default function SamplingPage() {
  const shown = view.value;
  return (
    <div class="fill sampling-page">
      <Tabs
        label="When to decide"
        tabs={VIEWS.map((id) => ({ id, label: NAMES[id] }))}
        value={shown}
        onChange={go}
        class="fill sampling-tabs"
      >
        {shown === "keep" ? <KeepView /> : <RulesView />}
      </Tabs>
    </div>
  );
}

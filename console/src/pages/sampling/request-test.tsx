/** Which rule decides about a request, and why the ones before it do not. */
import type { SamplingRule } from "../../api/index.ts";
import { setParams } from "../../app/index.ts";
import { Button, Icon, IconButton } from "../../ui/index.ts";
import { MATCHERS, type Request, takes, tried } from "./rules.ts";
import { asked, show, testing } from "./state.ts";

export function RequestTest({ rules }: { rules: readonly SamplingRule[] }) {
  const request = Object.fromEntries(MATCHERS.map(({ field }) => [field, asked[field].value])) as Request;
  const found = tried(rules, request);
  const decided = found.at(-1);
  const isEmpty = MATCHERS.every(({ field }) => request[field] === "");
  return (
    <section class="sampling-test" aria-label="Test a request">
      <div class="row">
        <h2 class="grow">Which rule decides?</h2>
        <IconButton icon="close" size={14} label="Close the test" onClick={() => testing.set(false)} />
      </div>
      <div class="sampling-test-fields">
        {MATCHERS.map(({ field, label, example }) => (
          <label key={field} class="field">
            <span class="field-label">{label}</span>
            <input
              class="input mono"
              autocomplete="off"
              spellcheck={false}
              placeholder={example.replaceAll("*", "1")}
              value={request[field]}
              onInput={(event) => asked[field].set(event.currentTarget.value)}
            />
          </label>
        ))}
        {!isEmpty && (
          <Button kind="plain" onClick={() => setParams(MATCHERS.map(({ field }) => asked[field].to("")))}>
            Clear
          </Button>
        )}
      </div>
      <div aria-live="polite">
        {isEmpty ? (
          <p class="muted small">
            Describe a request. What is left empty is not known to the SDK, and then matches every pattern.
          </p>
        ) : (
          <ol class="sampling-tried">
            {found.map(({ rule, decides, because }) => (
              <li key={rule.name} class={decides ? "decides" : "faint"}>
                <Icon name={decides ? "check" : "close"} size={12} />
                <button type="button" class="link" onClick={() => show(rule.name)}>
                  {rule.name}
                </button>
                <span class="break">{decides ? `decides: ${takes(rule).toLowerCase()}.` : because}</span>
              </li>
            ))}
            {decided && !decided.decides && <li>No rule decides; the SDK falls back to its local rules.</li>}
          </ol>
        )}
      </div>
    </section>
  );
}

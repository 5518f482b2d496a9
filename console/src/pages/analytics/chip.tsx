/** A chip: one term of a set. Its text turns it into its opposite, its cross takes it away. */
import { zone } from "../../app/index.ts";
import type { Term } from "../../filter/terms.ts";
import { Icon } from "../../ui/index.ts";
import { words } from "./words.ts";

export function Chip({ term, onTurn, onDrop }: { term: Term; onTurn?: () => void; onDrop?: () => void }) {
  const said = words(term, zone.value);
  const of = said.of;
  // The type of a service says little in a chip; a URL or a path is whole.
  const value = term.of === "service" || term.of === "entry" ? said.value : said.full;
  const text = `${of} ${term.not ? "is not" : "is"} ${value}`;
  const inside = (
    <>
      <span class="analytics-chip-of">{of}</span>{" "}
      <span class={term.not ? "analytics-chip-not" : "faint"}>{term.not ? "is not" : "is"}</span>{" "}
      <span class="cut">{value}</span>
    </>
  );
  return (
    <li class="analytics-chip">
      {onTurn ? (
        <button
          type="button"
          class="analytics-chip-text"
          aria-label={`${text}. ${term.not ? "Include instead" : "Exclude instead"}`}
          data-tip={term.not ? "Include instead" : "Exclude instead"}
          onClick={onTurn}
        >
          {inside}
        </button>
      ) : (
        <span class="analytics-chip-text">{inside}</span>
      )}
      {onDrop && (
        <button type="button" class="analytics-chip-drop" aria-label={`Take away: ${text}`} onClick={onDrop}>
          <Icon name="close" size={10} />
        </button>
      )}
    </li>
  );
}

/** Keys as they stand on a keyboard. */
import { caps } from "../app/keys.ts";

export function Kbd({ keys }: { keys: string }) {
  return (
    <span class="kbds">
      {caps(keys).map((together, index) => (
        <span key={`${String(index)} ${together.join("+")}`} class="row kbd-together">
          {together.map((cap) => (
            <kbd key={cap}>{cap}</kbd>
          ))}
        </span>
      ))}
    </span>
  );
}

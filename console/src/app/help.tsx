/** `?`: the keys that work right now. */
import { Dialog } from "../ui/dialog.tsx";
import { Kbd } from "../ui/kbd.tsx";
import { activeKeys } from "./keys.ts";
import { helpOpen } from "./open.ts";

export function Help() {
  if (!helpOpen.value) return null;
  const byTitle = new Map<string, { keys: string; does: string }[]>();
  for (const room of activeKeys.value) {
    const listed = byTitle.get(room.title) ?? [];
    listed.push(...room.keys.filter((key) => !key.hidden));
    byTitle.set(room.title, listed);
  }
  const close = (): void => {
    helpOpen.value = false;
  };
  return (
    <Dialog title="Keyboard shortcuts" onClose={close} wide>
      <div class="help-rooms">
        {[...byTitle].map(([title, keys]) =>
          keys.length === 0 ? null : (
            <section key={title}>
              <h3>{title}</h3>
              <dl class="help-keys">
                {keys.map((key) => (
                  <div key={`${key.keys} ${key.does}`}>
                    <dt>
                      <Kbd keys={key.keys} />
                    </dt>
                    <dd>{key.does}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ),
        )}
      </div>
    </Dialog>
  );
}

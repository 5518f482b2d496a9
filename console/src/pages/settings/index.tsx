/** What holds for the data, in sentences, and every setting with where its value comes from. Nothing is changed here. */
import "./style.css";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { askSettings, type Setting, type SettingsAnswer, useQuery } from "../../api/index.ts";
import { flag, href, text, useKeys, useParam, zone } from "../../app/index.ts";
import { ago, bytes, dateTime, percent, plural } from "../../format/index.ts";
import { Badge, CopyButton, EmptyState, ErrorState, Icon, type IconName, Skeleton } from "../../ui/index.ts";
import { bounds, sections, shown, sourceText, tomlLine } from "./settings.ts";

export default function SettingsPage() {
  const answer = useQuery(["settings"], (signal) => askSettings(signal));
  if (answer.error && !answer.data) {
    return (
      <div class="page">
        <ErrorState error={answer.error} onRetry={answer.again} />
      </div>
    );
  }
  if (!answer.data) {
    return (
      <div class="page">
        <Skeleton lines={8} />
      </div>
    );
  }
  return (
    <div class="page settings-page">
      <Facts facts={answer.data} />
      <All facts={answer.data} />
    </div>
  );
}

function Facts({ facts }: { facts: SettingsAnswer }) {
  return (
    <section class="settings-facts" aria-label="What holds for the data">
      <Encryption facts={facts} />
      <Storage facts={facts} />
      <Retention facts={facts} />
      <Access facts={facts} />
    </section>
  );
}

function Fact({
  icon,
  title,
  sentence,
  children,
}: {
  icon: IconName;
  title: string;
  sentence: string;
  children: ComponentChildren;
}) {
  return (
    <section class="card settings-fact">
      <h2 class="row">
        <Icon name={icon} size={16} /> {title}
      </h2>
      <p class="settings-sentence">{sentence}</p>
      <dl class="settings-list">{children}</dl>
    </section>
  );
}

function Line({ name, copy, children }: { name: string; copy?: string; children: ComponentChildren }) {
  return (
    <div>
      <dt class="muted small">{name}</dt>
      <dd class="row">
        <span class={copy === undefined ? "break" : "break mono"}>{children}</span>
        {copy !== undefined && <CopyButton text={copy} label={`Copy: ${name}`} />}
      </dd>
    </div>
  );
}

function Encryption({ facts: { encryption } }: { facts: SettingsAnswer }) {
  return (
    <Fact
      icon="pin"
      title="Encryption"
      sentence={
        encryption.catalog
          ? "Everything on disk is encrypted, from the first byte."
          : "All traces on disk are encrypted; the catalog is in PostgreSQL, which protects it in its own way."
      }
    >
      <Line name="Cipher">{encryption.cipher}; a key of its own for every file</Line>
      <Line name="Key" copy={encryption.key_file}>
        {encryption.key_file}
      </Line>
      <Line name="Keep it safe">Without this file the data cannot be read. Back it up apart from the data.</Line>
    </Fact>
  );
}

function Storage({ facts: { storage } }: { facts: SettingsAnswer }) {
  const full = storage.disk_free !== null && storage.disk_total ? 1 - storage.disk_free / storage.disk_total : null;
  return (
    <Fact icon="database" title="Storage" sentence={`${bytes(storage.bytes)} in ${plural(storage.files, "file")}.`}>
      <Line name="Traces" copy={storage.path}>
        {storage.path}
      </Line>
      <Line name="Catalog">{storage.catalog ?? "a file in the data folder"}</Line>
      {storage.disk_free !== null && full !== null && (
        <Line name="Disk">
          {bytes(storage.disk_free)} free, {percent(full)} used
          {full > 0.9 && <Badge tone="error">nearly full</Badge>}
        </Line>
      )}
    </Fact>
  );
}

function Retention({ facts: { retention, now } }: { facts: SettingsAnswer }) {
  return (
    <Fact
      icon="clock"
      title="Retention"
      sentence={`Traces are kept for ${plural(retention.days, "day")}, then deleted.`}
    >
      <Line name="Size limit">
        {retention.gigabytes === null
          ? "none: age alone decides"
          : `${retention.gigabytes.toLocaleString("en")} GB; beyond it the oldest go first`}
      </Line>
      <Line name="Oldest">
        {retention.oldest === null ? (
          "nothing is stored yet"
        ) : (
          <span data-tip={dateTime(retention.oldest, zone.value)}>{ago(retention.oldest, now)}</span>
        )}
      </Line>
      <Line name="To change it">
        <code>retention_days</code> and <code>retention_gb</code>, below
      </Line>
    </Fact>
  );
}

function Access({ facts: { access } }: { facts: SettingsAnswer }) {
  return (
    <Fact
      icon="globe"
      title="Access"
      sentence={
        access.beyond_this_machine
          ? "Other machines may call, and nobody's identity is checked: the network has to protect it."
          : "Programs on this machine may call, no other. Pages of other sites in a browser are refused."
      }
    >
      <Line name="API, console" copy={`http://${access.addresses.http}`}>
        http://{access.addresses.http}
      </Line>
      <Line name="X-Ray daemon" copy={access.addresses.daemon}>
        {access.addresses.daemon}
      </Line>
      <Line name="Identity">{access.authentication ? "checked" : "not checked"}</Line>
    </Fact>
  );
}

function All({ facts }: { facts: SettingsAnswer }) {
  const search = useParam("find", text, "");
  const changed = useParam("set", flag, false);
  const field = useRef<HTMLInputElement>(null);
  useKeys("Settings", [
    { keys: "f", does: "Find a setting", run: () => field.current?.focus() },
    { keys: "s", does: "Only what is set", run: () => changed.set(!changed.value) },
  ]);
  const found = sections(facts.settings, search.value, changed.value);
  const set = facts.settings.filter((each) => each.source !== "default").length;
  return (
    <section class="settings-all" aria-label="All settings">
      <div class="row wrap settings-head">
        <h2 class="grow">All settings</h2>
        <input
          ref={field}
          class="input settings-find"
          type="search"
          aria-label="Find a setting"
          placeholder="Find a setting"
          value={search.value}
          onInput={(event) => search.set(event.currentTarget.value)}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={changed.value}
            onChange={(event) => changed.set(event.currentTarget.checked)}
          />
          Only what is set ({set})
        </label>
      </div>
      <p class="muted">
        They are read when Radiograph starts, from the command line (<code>--set NAME=VALUE</code>), the environment,{" "}
        <code class="break">{facts.file}</code>, or the default: the first that names it counts. Change one there and
        start again. Rates and what waits stand on <a href={href("/status")}>Status</a>.
      </p>
      {found.length === 0 ? (
        <EmptyState title="No such setting" icon="search">
          <p>
            {changed.value && set === 0
              ? "Nothing is set: every setting has its default."
              : "No name, meaning or value has all of these words."}
          </p>
        </EmptyState>
      ) : (
        found.map((section) => (
          <section key={section.name} class="settings-section">
            <h3>{section.title}</h3>
            <dl class="card settings-table">
              {section.settings.map((each) => (
                <Row key={each.name} setting={each} />
              ))}
            </dl>
          </section>
        ))
      )}
    </section>
  );
}

function Row({ setting }: { setting: Setting }) {
  const allowed = bounds(setting);
  return (
    <div>
      <dt>
        <code>{setting.name}</code>
      </dt>
      <dd class="settings-value">
        <span class={`mono break${setting.value === "" ? " faint" : ""}`}>{shown(setting.value)}</span>
        {setting.source !== "default" && (
          <Badge tone="accent" tip={`The default is ${shown(setting.default)}`}>
            {sourceText(setting.source)}
          </Badge>
        )}
      </dd>
      <dd class="muted settings-help">
        {setting.help} {allowed !== "" && <span class="faint">({allowed})</span>}
      </dd>
      <dd class="settings-copy">
        <CopyButton text={tomlLine(setting)} label={`Copy the line of radiograph.toml for ${setting.name}`} />
      </dd>
    </div>
  );
}

/** SQL with a line for every clause. Only white space changes: what stands in quotes or comments stays as it is. Pure. */

/** These begin a line. */
const CLAUSES = [
  "with",
  "select",
  "from",
  "left outer join",
  "right outer join",
  "full outer join",
  "left join",
  "right join",
  "inner join",
  "full join",
  "cross join",
  "natural join",
  "join",
  "where",
  "group by",
  "having",
  "order by",
  "limit",
  "offset",
  "union all",
  "union",
  "intersect",
  "except",
  "insert into",
  "values",
  "update",
  "set",
  "delete from",
  "on conflict",
  "returning",
  "for update",
];

/** These begin a line that is indented. */
const INNER = ["and", "or"];

/** Texts, quoted names, comments and brackets; words; any other sign. */
const PIECES =
  /'(?:[^'\\]|''|\\.)*'?|"(?:[^"]|"")*"?|`[^`]*`?|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\p{L}\p{N}_$@#.]+|\s+|./gsu;

export function formattedSql(sql: string): string {
  const pieces = sql.trim().match(PIECES) ?? [];
  const lines: string[] = [];
  let line = "";
  let inside = 0;
  const next = (indent: string): void => {
    if (line.trim() !== "") lines.push(line.trimEnd());
    line = indent;
  };
  let between = false;
  for (let at = 0; at < pieces.length; at += 1) {
    const piece = pieces[at] as string;
    if (/^\s+$/.test(piece)) {
      if (line.trim() !== "") line += " ";
      continue;
    }
    if (piece.startsWith("--")) {
      line += piece;
      next("");
      continue;
    }
    if (piece === "(") inside += 1;
    if (piece === ")") inside = Math.max(0, inside - 1);
    const word = piece.toLowerCase();
    if (inside === 0 && /^[a-z]/.test(word)) {
      const clause = CLAUSES.find((candidate) => {
        const words = candidate.split(" ");
        return words.every((one, offset) => (pieces[at + 2 * offset] ?? "").toLowerCase() === one);
      });
      if (clause) {
        next("");
        const last = at + 2 * (clause.split(" ").length - 1);
        line += pieces
          .slice(at, last + 1)
          .join("")
          .replace(/\s+/g, " ");
        at = last;
        continue;
      }
      // The "and" of "between 1 and 2" joins no conditions.
      if (word === "between") between = true;
      else if (word === "and" && between) between = false;
      else if (INNER.includes(word)) next("  ");
    }
    line += piece;
  }
  next("");
  return lines.join("\n");
}

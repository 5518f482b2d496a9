/** Filter expressions in pieces: for colours, completion, and to see what stands at the top level. Pure. */

export type PieceKind =
  | "space"
  | "string"
  | "number"
  | "word"
  | "logic"
  | "operator"
  | "bracket"
  | "key"
  | "json"
  | "other";

export interface Piece {
  readonly kind: PieceKind;
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** A string that has no closing quote, or a key without its bracket. */
  readonly open?: boolean;
}

const LOGIC = new Set(["and", "or", "not"]);
const WORD_OPERATORS = new Set(["contains", "beginswith", "endswith", "matches", "in"]);

const SPACE = /\s+/y;
const STRING = /"(?:[^"\\]|\\.)*("?)/sy;
const NUMBER = /[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// A colon ends no word: `name: "web"`.
const WORD = /[\p{L}_](?:[\p{L}\p{N}_.:/-]*[\p{L}\p{N}_.])?/uy;
const OPERATOR = /!=|<=|>=|[=<>]/y;
const BRACKET = /[(){}[\],:]/y;
const KEY = /[^\]\s"]+/y;

function at(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

/** Cuts an expression into pieces; nothing is lost, whatever was typed. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let place = 0;
  const push = (kind: PieceKind, length: number, open = false): void => {
    const piece = { kind, text: text.slice(place, place + length), from: place, to: place + length };
    found.push(open ? { ...piece, open } : piece);
    place += length;
  };
  while (place < text.length) {
    const [before, last] = [found.at(-2), found.at(-1)];
    // Behind `annotation[` stands a key that follows no rule of words.
    if (last?.text === "[" && before?.kind === "word" && /^annotation$/i.test(before.text)) {
      const key = at(KEY, text, place);
      if (key) {
        push("key", key[0].length, text[place + key[0].length] !== "]");
        continue;
      }
    }
    const space = at(SPACE, text, place);
    if (space) {
      push("space", space[0].length);
      continue;
    }
    const string = at(STRING, text, place);
    if (string) {
      push("string", string[0].length, string[1] === "");
      continue;
    }
    if (text[place] === "#") {
      push("json", jsonLength(text, place));
      continue;
    }
    const word = at(WORD, text, place);
    if (word) {
      const lower = word[0].toLowerCase();
      push(LOGIC.has(lower) ? "logic" : WORD_OPERATORS.has(lower) ? "operator" : "word", word[0].length);
      continue;
    }
    const number = at(NUMBER, text, place);
    if (number) {
      push("number", number[0].length);
      continue;
    }
    const operator = at(OPERATOR, text, place);
    if (operator) push("operator", operator[0].length);
    else if (text[place] === "!") push("logic", 1);
    else push(at(BRACKET, text, place) ? "bracket" : "other", 1);
  }
  return found;
}

/** `#[...]` up to the bracket that closes it. */
function jsonLength(text: string, from: number): number {
  let depth = 0;
  for (let place = from + 1; place < text.length; place += 1) {
    const sign = text[place];
    if (sign === '"') {
      const string = at(STRING, text, place);
      place += (string?.[0].length ?? 1) - 1;
    } else if (sign === "[" || sign === "{") depth += 1;
    else if (sign === "]" || sign === "}") {
      depth -= 1;
      if (depth <= 0) return place + 1 - from;
    } else if (depth === 0) return place - from || 1;
  }
  return text.length - from;
}

/** Cuts at a word such as OR where no bracket is open: `a OR (b OR c)` at OR is `a` and `(b OR c)`. */
export function splitAt(text: string, word: "and" | "or"): string[] {
  const parts: string[] = [];
  let depth = 0;
  let begun = 0;
  for (const piece of pieces(text)) {
    if (piece.kind === "bracket") {
      if ("({[".includes(piece.text)) depth += 1;
      else if (")}]".includes(piece.text)) depth -= 1;
    } else if (depth === 0 && piece.kind === "logic" && piece.text.toLowerCase() === word) {
      parts.push(text.slice(begun, piece.from).trim());
      begun = piece.to;
    }
  }
  parts.push(text.slice(begun).trim());
  return parts;
}

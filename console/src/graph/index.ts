/** Maps of who calls whom: their layout, what nodes are, how they did. */
export { iconOf, shortName, worst } from "./kinds.ts";
export { curve, type Laid, type Look, laid, turned } from "./layout.ts";

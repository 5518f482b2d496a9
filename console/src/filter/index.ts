/**
 * The filter language in the browser: building expressions (expression.ts, attributes.ts), chips that are terms (terms.ts),
 * and the box to type them into, with completion (complete.ts) in an editor that is loaded when it is needed. Who only
 * builds expressions imports the module itself, and so does not load the box.
 */
export { type Completion, complete, type Suggestion, type Words } from "./complete.ts";
export { added, all, annotationTerm, any, id, literal, quoted, userTerm, withResponse } from "./expression.ts";
export { ExpressionField } from "./expression-field.tsx";
export { FilterBox, type FilterBoxProps } from "./filter-box.tsx";
export { wordsOf } from "./words.ts";

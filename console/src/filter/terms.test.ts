import { describe, expect, it } from "vitest";
import {
  brushed,
  expression,
  readTerm,
  readTerms,
  stretchOf,
  type Term,
  termExpression,
  toggled,
  turned,
  writeTerm,
} from "./terms.ts";

const fault: Term = { of: "outcome", not: false, is: "fault" };
const ada: Term = { of: "user", not: false, is: "ada" };
const bob: Term = { of: "user", not: false, is: "bob" };
const slow: Term = { of: "response", not: false, low: 0.5, high: 2 };

describe("terms in the address", () => {
  it("are written so that a person can read them", () => {
    expect(writeTerm(fault)).toBe("outcome=fault");
    expect(writeTerm({ ...ada, not: true })).toBe("!user=ada");
    expect(writeTerm(slow)).toBe("response~0.5~2");
    expect(writeTerm({ of: "annotation.total", not: false, low: Number.NEGATIVE_INFINITY, high: 20 })).toBe(
      "annotation.total~~20",
    );
  });

  it("come back as they were, whatever is in them", () => {
    const terms: Term[] = [
      fault,
      slow,
      { of: "time", not: false, low: 1700000000, high: 1700000060 },
      { of: "url", not: true, is: "http://shop/?a=b~c&d=!e" },
      { of: "annotation.a=b~c%", not: false, is: '"line\nbreak, and \\"quotes\\""' },
      { of: "annotation.total", not: false, low: 45.5, high: Number.POSITIVE_INFINITY },
    ];
    expect(terms.map((term) => readTerm(writeTerm(term)))).toEqual(terms);
  });

  it("are left out when they cannot be read", () => {
    expect(readTerms(["", "nonsense", "planet=mars", "user=", "response~2~1", "response~a~b", "user~1~2"])).toEqual([]);
  });
});

describe("changing the chips", () => {
  it("a click adds a value, and a second one takes it away", () => {
    expect(toggled([fault], ada)).toEqual([fault, ada]);
    expect(toggled([fault, ada], ada)).toEqual([fault]);
  });

  it("a value is never both wanted and excluded", () => {
    expect(toggled([ada], { ...ada, not: true })).toEqual([{ ...ada, not: true }]);
  });

  it("an axis has one stretch at a time", () => {
    const wider = brushed([fault, slow], "response", [0.1, 3]);
    expect(wider).toEqual([fault, { ...slow, low: 0.1, high: 3 }]);
    expect(stretchOf(wider, "response")).toEqual([0.1, 3]);
    expect(brushed(wider, "response", null)).toEqual([fault]);
  });

  it("a chip turns into its opposite", () => {
    expect(turned([fault, ada], ada)).toEqual([fault, { ...ada, not: true }]);
  });
});

describe("terms as filter expressions", () => {
  const equal = (of: string, is: string): string | null => termExpression({ of, not: false, is });

  it("every attribute has its word", () => {
    expect(equal("status", "502")).toBe("http.status = 502");
    expect(equal("url", 'http://shop/"q"\\')).toBe('http.url = "http://shop/\\"q\\"\\\\"');
    expect(equal("method", "GET")).toBe('http.method = "GET"');
    expect(equal("user", "ada")).toBe('user = "ada"');
    expect(equal("client", "10.0.0.1")).toBe('http.clientip = "10.0.0.1"');
    expect(equal("agent", "curl")).toBe('http.useragent = "curl"');
    expect(equal("service", "AWS::ECS::Container web")).toBe('service(id(name: "web", type: "AWS::ECS::Container"))');
    expect(equal("service", " my orders")).toBe('service(id(name: "my orders"))');
    expect(equal("entry", "My%20Type web")).toBe('service(id(name: "web", type: "My Type")) { root }');
    expect(equal("zone", "eu-west-1b")).toBe('availabilityzone = "eu-west-1b"');
    expect(equal("instance", "i-1")).toBe('instance.id = "i-1"');
    expect(equal("arn", "arn:aws:x")).toBe('resource.arn = "arn:aws:x"');
    expect(equal("annotation.tier", '"gold"')).toBe('annotation.tier = "gold"');
    expect(equal("annotation.returning", "true")).toBe("annotation.returning = true");
    expect(equal("annotation.http-route", '"/"')).toBe('annotation[http-route] = "/"');
    expect(equal("annotation.a b", "1")).toBe('annotation["a b"] = 1');
    expect(equal("faulttype", "TimeoutError")).toBe('rootcause.fault.exception { name = "TimeoutError" }');
    expect(equal("fault", "TimeoutError: no answer: gone")).toBe(
      'rootcause.fault.exception { name = "TimeoutError" AND message = "no answer: gone" }',
    );
    expect(equal("error", "KeyError")).toBe('rootcause.error.exception { name = "KeyError" }');
  });

  it("outcomes exclude each other, as in the tables", () => {
    expect(equal("outcome", "ok")).toBe("ok");
    expect(equal("outcome", "fault")).toBe("fault");
    expect(equal("outcome", "throttle")).toBe("service() { root AND throttle } AND !fault");
    expect(equal("outcome", "error")).toBe("error AND !fault AND !service() { root AND throttle }");
  });

  it("a path names its services in order, also those spoken of with their product", () => {
    expect(equal("slow", "web > DynamoDB carts")).toBe(
      'rootcause.responsetime.service { index = 0 AND name = "web" } AND ' +
        'rootcause.responsetime.service { index = 1 AND last AND (name = "DynamoDB carts" OR ' +
        '(type BEGINSWITH "AWS::DynamoDB" AND name ENDSWITH "carts")) }',
    );
  });

  it("a stretch has its ends, the upper one outside", () => {
    expect(termExpression(slow)).toBe("responsetime >= 0.5 AND responsetime < 2");
    expect(termExpression({ of: "annotation.total", not: true, low: 45, high: Number.POSITIVE_INFINITY })).toBe(
      "!(annotation.total >= 45)",
    );
  });

  it("values of one attribute are alternatives, attributes hold together, what is excluded does not", () => {
    expect(expression([ada, fault, bob, { of: "method", not: true, is: "GET" }])).toBe(
      '(user = "ada" OR user = "bob") AND fault AND !(http.method = "GET")',
    );
  });

  it("no language has a word for when: times are left out", () => {
    expect(expression([{ of: "time", not: false, low: 1, high: 2 }, fault])).toBe("fault");
    expect(expression([])).toBe("");
  });

  it("what was asked for at first still holds", () => {
    expect(expression([fault], 'user = "ada" OR error')).toBe('(user = "ada" OR error) AND fault');
    expect(expression([], " error ")).toBe("error");
  });
});

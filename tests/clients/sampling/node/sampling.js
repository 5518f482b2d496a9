'use strict';
/**
 * Decides about requests with the official X-Ray SDK for Node.js, as its middleware does; see test_sampling.py.
 *
 * `node sampling.js SECONDS KIND,SERVICE,METHOD,HOST,PATH,EVERY...` prints a line of JSON for each second.
 */
const AWSXRay = require('aws-xray-sdk-core');

const [seconds, ...words] = process.argv.slice(2);
const requests = words.map((word) => word.split(','));
const TICK = 50;

/** The rule that the segment says it was sampled by, "?" when it says none, and "no" when it was not. */
function decide(service, method, host, path) {
  const segment = new AWSXRay.Segment(service);
  const request = { method, url: path, headers: { host } };
  AWSXRay.middleware.resolveSampling({}, segment, { req: request, header() {} });
  const rule = segment.notTraced ? 'no' : segment.aws.xray.rule_name || '?';
  segment.close();
  return rule;
}

const clock = () => Math.floor(Date.now() / 1000);
let counted = {};
let second = clock();
let ticks = 0;

function tell() {
  console.log(JSON.stringify({ at: second, counted }));
  counted = {};
}

const timer = setInterval(() => {
  for (const [kind, service, method, host, path, every] of requests) {
    if (ticks % Number(every)) continue;
    const before = clock();
    const rule = decide(service, method, host, path);
    const now = clock();
    if (now !== second) {
      tell();
      second = now;
    }
    // Where the second changed meanwhile, nobody but the SDK knows to which one it belongs.
    const surely = before === now ? 'within' : 'between';
    counted[kind] = counted[kind] || {};
    counted[kind][surely] = counted[kind][surely] || {};
    counted[kind][surely][rule] = (counted[kind][surely][rule] || 0) + 1;
  }
  ticks += 1;
}, TICK);
setTimeout(() => {
  clearInterval(timer);
  tell();
  // What is on its way by UDP gets there; the SDK's pollers would go on for ever.
  setTimeout(() => process.exit(0), 500);
}, Number(seconds) * 1000);

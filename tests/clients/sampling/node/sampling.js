'use strict';
/**
 * Decides about requests with the official X-Ray SDK for Node.js, as its middleware does; see test_sampling.py.
 *
 * `node sampling.js PREFIX SECONDS` prints a line of JSON for each second.
 */
const AWSXRay = require('aws-xray-sdk-core');

const [prefix, seconds] = process.argv.slice(2);
const EACH_TICK = 2;
const SELDOM = 5;
const METHODS = { all: 'POST' };

function decide(service, method, path) {
  const segment = new AWSXRay.Segment(service);
  const request = { method, url: path, headers: { host: 'shop.test' } };
  AWSXRay.middleware.resolveSampling({}, segment, { req: request, header() {} });
  const sampled = !segment.notTraced;
  segment.close();
  return sampled;
}

let counted = {};
let second = Math.floor(Date.now() / 1000);
let ticks = 0;
const timer = setInterval(() => {
  for (const name of ['api', 'rate', 'gone', 'none', 'all']) {
    if ((name === 'none' || name === 'all') && ticks % SELDOM) continue;
    for (let number = 0; number < EACH_TICK; number += 1) {
      const sampled = decide(`${prefix}-${name}`, METHODS[name] || 'GET', `/${name}/x`);
      const now = Math.floor(Date.now() / 1000);
      if (now !== second) {
        console.log(JSON.stringify({ at: second, counted }));
        counted = {};
        second = now;
      }
      counted[name] = counted[name] || [0, 0];
      counted[name][0] += 1;
      counted[name][1] += sampled ? 1 : 0;
    }
  }
  ticks += 1;
}, 100);
setTimeout(() => {
  clearInterval(timer);
  // What is on its way by UDP gets there; the SDK's pollers would go on for ever.
  setTimeout(() => process.exit(0), 500);
}, Number(seconds) * 1000);

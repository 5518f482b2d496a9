'use strict';
/**
 * An application that uses the official X-Ray SDK for Node.js, as the tests run it.
 *
 * `node node_sdk.js RECORD features` uses what the SDK offers,
 * `node node_sdk.js RECORD sampling SECONDS` asks for sampling decisions until it has learned a quota.
 *
 * The daemon's address comes from AWS_XRAY_DAEMON_ADDRESS, as everywhere. Every datagram is also written to
 * the file RECORD, as a JSON string in a line of its own.
 */
const dgram = require('dgram');
const fs = require('fs');
const http = require('http');

const [record, command, ...words] = process.argv.slice(2);

// Outside the SDK, which stays as it is: every datagram is written down where it leaves the process.
let underway = 0;
const send = dgram.Socket.prototype.send;
dgram.Socket.prototype.send = function (message, offset, length, port, address, done) {
  if (!Buffer.isBuffer(message)) {
    // Node's own second call, once the socket is bound.
    return send.apply(this, arguments);
  }
  fs.appendFileSync(record, JSON.stringify(message.toString('utf8', offset, offset + length)) + '\n');
  underway += 1;
  return send.call(this, message, offset, length, port, address, (error) => {
    underway -= 1;
    done(error);
  });
};

const AWSXRay = require('aws-xray-sdk-core');

/** One segment with all that can be put on it by hand, and calls of every kind. */
function useEverything() {
  const segment = new AWSXRay.Segment('shop');
  segment.setUser('ada');
  segment.setServiceData({ version: '1.2.3' });
  segment.addPluginData({ ec2: { instance_id: 'i-0abc', availability_zone: 'eu-west-1a' } });
  segment.origin = 'AWS::EC2::Instance';
  segment.addAnnotation('tier', 'gold');
  segment.addAnnotation('quantity', 3);
  segment.addAnnotation('price', 12.5);
  segment.addAnnotation('returning', true);
  segment.addMetadata('cart', { items: [1, 2.5, 'drei', null, { deep: [true] }], 'größe': 'Ü 🛒' });
  segment.addMetadata('note', 'x'.repeat(5000), 'debug');

  const plan = segment.addNewSubsegment('## plan');
  plan.addAnnotation('step', 1);
  const choose = plan.addNewSubsegment('## choose');
  const compare = choose.addNewSubsegment('## compare');
  compare.addMetadata('candidates', ['a', 'b']);
  compare.close();
  choose.close();
  plan.close();

  const query = segment.addNewSubsegment('orders@db.example');
  query.addSqlData(new AWSXRay.database.SqlData('15.4', 'node-pg', 'ada', 'postgres://db.example/orders', 'statement'));
  query.namespace = 'remote';
  query.close();

  const table = segment.addNewSubsegment('DynamoDB');
  table.namespace = 'aws';
  table.addAttribute('aws', { operation: 'GetItem', table_name: 'items', region: 'eu-west-1', request_id: 'R1' });
  table.addThrottleFlag();
  table.addErrorFlag();
  table.close();

  const pay = segment.addNewSubsegment('## pay');
  const charge = pay.addNewSubsegment('## charge card');
  const refused = new TypeError('the bank refuses 99.9 €');
  charge.close(refused);
  pay.close(refused);
  segment.close(refused);
}

/** So many open subsegments that the SDK sends the finished ones ahead of their segment. */
function stream() {
  const segment = new AWSXRay.Segment('streamer');
  const open = [];
  for (let number = 0; number < 170; number += 1) {
    const step = segment.addNewSubsegment(`## step ${number}`);
    step.addAnnotation('number', number);
    step.addNewSubsegment('## inner').close();
    open.push(step);
    if (number % 3 === 0) {
      open.shift().close();
    }
  }
  open.forEach((step) => step.close());
  segment.close();
}

/** Two services that talk HTTP, traced by the SDK's own patch and middleware; nothing is done by hand. */
async function callOverHttp() {
  AWSXRay.captureHTTPsGlobal(http);
  AWSXRay.capturePromise();
  const namespace = AWSXRay.getNamespace();

  function serve(name, status, answer) {
    const server = http.createServer((request, response) => {
      AWSXRay.middleware.setDefaultName(name);
      const segment = AWSXRay.middleware.traceRequestResponseCycle(request, response);
      namespace.bindEmitter(request);
      namespace.bindEmitter(response);
      namespace.run(() => {
        AWSXRay.setSegment(segment);
        answer(() => {
          response.statusCode = status;
          response.end('{}');
        });
      });
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
  }

  const back = await serve('back', 503, (finish) => finish());
  const front = await serve('front', 200, (finish) => {
    http.get({ host: '127.0.0.1', port: back.address().port, path: '/stock?item=7', agent: false }, (response) => {
      response.resume();
      response.on('end', finish);
    });
  });
  // Node's own request, unpatched: the customer is not traced. The header asks for a recorded trace.
  await new Promise((resolve) => {
    const options = { host: '127.0.0.1', port: front.address().port, path: '/buy', agent: false };
    options.headers = { 'X-Amzn-Trace-Id': 'Sampled=1' };
    http.__get(options, (response) => {
      response.resume();
      response.on('end', resolve);
    });
  });
  front.close();
  back.close();
}

/** Ask the sampler, as the middleware does, until the service's answer has come back; print what was learned. */
async function askForDecisions(seconds) {
  const until = Date.now() + 1000 * seconds;
  const sampler = AWSXRay.middleware.sampler;
  const rule = () => sampler.ruleCache.getRules().find((one) => one.getName() === 'Default');
  let asked = 0;
  let sampled = 0;
  while (Date.now() < until && !(rule() && rule().getReservoir().quota !== null)) {
    const segment = new AWSXRay.Segment('decided');
    AWSXRay.middleware.resolveSampling({}, segment, { req: { headers: { host: 'h' }, method: 'GET', url: '/' } });
    asked += 1;
    sampled += segment.notTraced ? 0 : 1;
    segment.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const rules = sampler.ruleCache.getRules().map((one) => ({
    name: one.getName(),
    rate: one.getRate(),
    quota: one.getReservoir().quota,
  }));
  console.log(JSON.stringify({ asked, sampled, rules }));
}

async function main() {
  AWSXRay.setLogger({ debug() {}, info() {}, warn: console.error, error: console.error });
  if (command === 'features') {
    useEverything();
    stream();
    await callOverHttp();
  } else if (command === 'sampling') {
    await askForDecisions(Number(words[0]));
  } else {
    throw new Error(`unknown command ${command}`);
  }
  // The SDK's socket does not keep the process alive.
  while (underway > 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

main();

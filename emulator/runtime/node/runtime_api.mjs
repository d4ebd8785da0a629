// The Runtime API as its client sees it.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import http from "node:http";

import { errorDocument } from "./errors.mjs";

// Kept before the function's code is loaded: tracing and mocking libraries replace `http.request`.
const { request, Agent } = http;

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true });

/** The next event, once there is one: its text and its headers. */
export function nextInvocation() {
  return call("GET", "/invocation/next");
}

/** Hand in what the handler returned, as JSON. */
export function postResponse(id, json) {
  return call("POST", `/invocation/${id}/response`, json);
}

/** Hand in what the handler threw. */
export function postError(id, thrown) {
  return postDocument(`/invocation/${id}/error`, thrown);
}

/** Tell why the function cannot be loaded. */
export function postInitError(thrown) {
  return postDocument("/init/error", thrown);
}

function postDocument(path, thrown) {
  const document = errorDocument(thrown);
  // A name that no header can hold stands in the document alone.
  const type = /^[\x20-\x7e]+$/.test(document.errorType) ? document.errorType : "";
  return call("POST", path, JSON.stringify(document), {
    "Lambda-Runtime-Function-Error-Type": type,
  });
}

function call(method, path, content = "", headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { host, port, agent, method, headers, path: `/2018-06-01/runtime${path}` };
    const sent = request(options, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () =>
        resolve({ text: Buffer.concat(pieces).toString(), headers: response.headers }),
      );
    });
    sent.on("error", reject);
    sent.end(content);
  });
}

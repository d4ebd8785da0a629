// Finds and loads the handler function that `_HANDLER` names.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { RuntimeError } from "./errors.mjs";
import { isModuleFolder } from "./modules.mjs";
import { MAJOR } from "./version.mjs";

const require = createRequire(import.meta.url);
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

/** The function `name`, such as `src/app.handler`, of the code in the folder `root`. */
export async function loadHandler(root, name) {
  if (name.includes("..")) {
    throw new RuntimeError("MalformedHandlerName", `'${name}' is not a valid handler name.`);
  }
  const [, module, path] = basename(name).match(/^([^.]*)\.(.*)$/) ?? [];
  if (module === undefined) throw new RuntimeError("MalformedHandlerName", "Bad handler");
  // Modules call this while they are loaded, so it must be there to refuse them by name later.
  globalThis.awslambda = {
    streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: "response" }),
  };
  return checked(find(await load(root, join(root, dirname(name)), module), path), name);
}

async function load(root, folder, module) {
  try {
    return await loadModule(root, folder, module);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RuntimeError("UserCodeSyntaxError", String(error), error.stack);
    }
    // An ES module that is missing comes as the plain error with ERR_MODULE_NOT_FOUND, on AWS too.
    if (error?.code === "MODULE_NOT_FOUND") {
      throw new RuntimeError("ImportModuleError", String(error));
    }
    throw error;
  }
}

/** The module's exports: of the first of these files that exists, else of a package. */
async function loadModule(root, folder, module) {
  const file = join(folder, module);
  const isModule = isModuleFolder(folder, root);
  if (existsSync(file)) return require(file);
  if (existsSync(`${file}.js`) && !isModule) return require(`${file}.js`);
  for (const extension of [".js", ".mjs"]) {
    if (existsSync(file + extension)) return import(pathToFileURL(file + extension));
  }
  if (existsSync(`${file}.cjs`)) return require(`${file}.cjs`);
  return require(require.resolve(module, { paths: [root, folder] }));
}

/** `a.b` of the exports; also of the default export, as in Lambda since Node.js 24. */
function find(exports, path) {
  const within = (value) => path.split(".").reduce((at, key) => at?.[key], value);
  return within(exports) ?? (MAJOR >= 24 ? within(exports?.default) : undefined);
}

function checked(handler, name) {
  if (!handler) {
    throw new RuntimeError("HandlerNotFound", `${name} is undefined or not exported`);
  }
  if (typeof handler !== "function") {
    throw new RuntimeError("HandlerNotFound", `${name} is not a function`);
  }
  if (handler[STREAMING]) {
    throw new RuntimeError(
      "MalformedStreamingHandler",
      `${name} streams its response (awslambda.streamifyResponse), which the emulator does not support.`,
    );
  }
  if (handler.length >= 3 && MAJOR >= 24) {
    throw new RuntimeError(
      "CallbackHandlerDeprecated",
      "Callback-based handlers exist up to Node.js 22 only: make the handler async, and return its " +
        "result. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html",
    );
  }
  return handler;
}

// What a function may import: its own code, the folders of NODE_PATH (packages that it declares,
// layers, those of the runtime), and what it writes to its temporary folder.
//
// Node looks for `node_modules` in all folders above a module, and for the nearest package.json
// too; on AWS nothing lies above /var/task, here a whole checkout may. Node's ES modules do not
// read NODE_PATH; in Lambda they do.

import { existsSync, readFileSync, realpathSync } from "node:fs";
import { registerHooks } from "node:module";
import { delimiter, dirname, join, resolve as absolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Whether a folder's `.js` files are ES modules, by the nearest package.json up to `root`. */
export function isModuleFolder(folder, root) {
  for (let at = folder; !at.endsWith("/node_modules"); at = dirname(at)) {
    try {
      return JSON.parse(readFileSync(join(at, "package.json"))).type === "module";
    } catch (error) {
      if (error.code !== "ENOENT" || at === root) return false;
    }
  }
  return false;
}

/** Hold `import` and `require` to what a function in the folder `root` sees on AWS. */
export function confineModules(root) {
  const folders = (process.env.NODE_PATH ?? "").split(delimiter).filter(Boolean);
  const visible = [root, ...folders, process.env.TMPDIR ?? "/tmp"].map(asUrl);
  const shared = folders.map(asUrl);
  const isVisible = (url) =>
    !url.startsWith("file:") || visible.some((folder) => url.startsWith(folder));

  function resolve(specifier, context, next) {
    let failure;
    for (const parentURL of [context.parentURL, ...(isPackage(specifier) ? shared : [])]) {
      try {
        const found = next(specifier, { ...context, parentURL });
        if (isVisible(found.url)) return found;
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure ?? notFound(specifier, context);
  }

  // A package.json above the function's folder must not make its CommonJS files ES modules.
  function load(url, context, next) {
    const own = url.startsWith(visible[0]) && url.endsWith(".js");
    const script = own && !isModuleFolder(dirname(fileURLToPath(url)), root);
    return next(url, script ? { ...context, format: "commonjs" } : context);
  }

  registerHooks(isModuleFolder(dirname(root), "/") ? { resolve, load } : { resolve });
}

/** Of the folder itself: Node names a module by the place that links lead to. */
function asUrl(folder) {
  const real = existsSync(folder) ? realpathSync(folder) : absolute(folder);
  return `${pathToFileURL(real).href}/`;
}

/** `left-pad` and `@scope/name/part`, but no path, URL or `#internal` name. */
function isPackage(specifier) {
  return !/^([./#]|[a-z]+:)/.test(specifier);
}

/** As Node puts it. */
function notFound(specifier, { conditions, parentURL }) {
  const parent = parentURL?.startsWith("file:") ? fileURLToPath(parentURL) : parentURL;
  const required = conditions.includes("require");
  const message = required
    ? `Cannot find module '${specifier}'\nRequire stack:\n- ${parent}`
    : `Cannot find package '${specifier}' imported from ${parent}`;
  return Object.assign(new Error(message), {
    code: required ? "MODULE_NOT_FOUND" : "ERR_MODULE_NOT_FOUND",
  });
}

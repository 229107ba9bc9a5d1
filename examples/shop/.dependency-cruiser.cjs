// The layers of the shop, highest first. A package uses packages of lower layers, through their index only:
//
//     web  >  checkout  >  cart, pricing, payments  >  catalog  >  money
//
// What is cruised is packages/*/dist: the architecture is checked on what ships.

const inPackages = (...names) => `^packages/(${names.join("|")})/`;

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      comment: "Modules that need each other can only be understood, tested and released together.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "layer-money",
      comment: "money knows nothing about the shop.",
      severity: "error",
      from: { path: inPackages("money") },
      to: { path: inPackages("catalog", "cart", "pricing", "payments", "checkout", "web") },
    },
    {
      name: "layer-catalog",
      comment: "The catalog says what there is; what it costs in the end and who buys it is decided above it.",
      severity: "error",
      from: { path: inPackages("catalog") },
      to: { path: inPackages("cart", "pricing", "payments", "checkout", "web") },
    },
    {
      name: "layer-trade",
      comment: "cart, pricing and payments do not know each other; checkout brings them together.",
      severity: "error",
      from: { path: "^packages/(cart|pricing|payments)/" },
      to: { path: inPackages("cart", "pricing", "payments", "checkout", "web"), pathNot: "^packages/$1/" },
    },
    {
      name: "layer-checkout",
      comment: "checkout works without a web server.",
      severity: "error",
      from: { path: inPackages("checkout") },
      to: { path: inPackages("web") },
    },
    {
      name: "web-through-checkout",
      comment: "What money depends on is decided in checkout, not in a request handler.",
      severity: "error",
      from: { path: inPackages("web") },
      to: { path: inPackages("cart", "pricing", "payments") },
    },
    {
      name: "no-internals",
      comment: "Another package is used through its index; everything else in it may change any day.",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: { path: "^packages/[^/]+/", pathNot: ["^packages/$1/", "^packages/[^/]+/dist/index[.]js$"] },
    },
    {
      name: "no-unresolvable",
      comment: "An import that leads nowhere fails in production.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-orphans",
      comment: "Nothing uses this module and it uses nothing: dead code, or not wired up yet.",
      severity: "warn",
      from: { orphan: true },
      to: {},
    },
    {
      name: "node-at-the-edges",
      comment: "Node's own modules are used where the shop meets the world: in web and payments.",
      severity: "info",
      from: { path: "^packages/", pathNot: inPackages("web", "payments") },
      to: { dependencyTypes: ["core"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/(src|test)/" },
    moduleSystems: ["es6"],
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    combinedDependencies: true,
  },
};

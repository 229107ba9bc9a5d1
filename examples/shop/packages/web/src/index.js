export { createApp } from "./app.js";
export { serve } from "./serve.js";

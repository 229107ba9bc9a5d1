import { createServer } from "node:http";

const bodyBytesMax = 64 * 1024;

// Puts an app behind a socket. Resolves with the server once it listens.
export function serve(app, port) {
  const server = createServer(async (request, response) => {
    try {
      const { pathname, searchParams } = new URL(request.url, "http://shop.invalid");
      const body = request.method === "POST" ? await readJson(request) : {};
      const answer = await app({ method: request.method, path: pathname, query: Object.fromEntries(searchParams), body });
      response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
    } catch (error) {
      response.writeHead(error instanceof SyntaxError ? 400 : 500).end();
    }
  });
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)));
}

async function readJson(request) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
    if (text.length > bodyBytesMax) throw new SyntaxError("body too large");
  }
  return text ? JSON.parse(text) : {};
}

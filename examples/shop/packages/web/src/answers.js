export const html = (body) => ({ status: 200, type: "text/html; charset=utf-8", body });
export const json = (status, value) => ({ status, type: "application/json", body: JSON.stringify(value) });
export const notFound = (what) => json(404, { error: `there is no ${what}` });

// The page at /api/docs: Swagger UI over this server's own document, and nothing from anywhere else.
window.ui = SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  filter: true,
  persistAuthorization: false, // a token in local storage outlives the page
  validatorUrl: null,
});

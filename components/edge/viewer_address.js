// Tells the origin the viewer's address in a header of its own. X-Forwarded-For won't do: viewers can start it with
// addresses of their choice, and WAF counts by the first one. Whatever a viewer sends under this name is overwritten.
function handler(event) {
    var request = event.request;
    request.headers['x-viewer-address'] = { value: event.viewer.ip };
    return request;
}

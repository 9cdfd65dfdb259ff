// Gate of the waiting room: lets admitted customers through to protected paths, sends others to the room.
//
// One value of the key-value store says what holds (functions/admission_state.py writes it): `room` is in force from
// `from`, ends at `until`, and the controller vouches for it until `lease` (seconds since the epoch). What lets more in
// is a time, compared with this edge's own clock; `room`, `nb` and `keys`, which let fewer in, act on arrival.
import cf from 'cloudfront';
import crypto from 'crypto';

const ROOMS = __ROOMS__;
const ROOM_PATH = '/_room/';
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const MAX_SINCE = 21600;

function mac(key, text) {
    return crypto.createHmac('sha256', key).update(text).digest('base64url');
}

// Same text, without telling by its time how much of it is the same.
function same(key, one, other) {
    return mac(key, one) === mac(key, other);
}

function cookie(request, name) {
    const found = request.cookies[name];
    return found && !found.multiValue ? found.value : '';
}

function header(request, name) {
    const found = request.headers[name];
    return found ? found.value : '';
}

// The path as a service may read it; null for what no browser sends.
function plain(uri) {
    let path;
    try {
        path = decodeURIComponent(uri);
    } catch (error) {
        return null;
    }
    if (/[%\\;\x00-\x1f]/.test(path)) {
        return null;
    }
    const kept = [];
    path.split('/').forEach(function (part) {
        if (part === '..') {
            kept.pop();
        } else if (part !== '' && part !== '.') {
            kept.push(part);
        }
    });
    return '/' + kept.join('/') + (path.length > 1 && path.endsWith('/') && kept.length > 0 ? '/' : '');
}

function matches(patterns, path) {
    return patterns.some(function (pattern) { return pattern.test(path); });
}

function guarded(room, uri) {
    const path = plain(uri);
    if (path === null) {
        return true;
    }
    if (matches(room.free, uri) && matches(room.free, path)) {
        return false;
    }
    return matches(room.paths, uri) || matches(room.paths, path);
}

function signed(key, fields, request) {
    const device = cookie(request, '__Host-device');
    const bound = [cookie(request, '__Host-ticket'), device, header(request, 'user-agent')];
    return mac(key, 'admit|' + fields + '|' + bound.join('|'));
}

// The fields of a token that holds now, or null.
function admitted(state, request, now) {
    const token = cookie(request, '__Host-admit');
    const fields = token.split('.');
    if (fields.length !== 7 || fields[0] !== '1' || token.length > 200 || !cookie(request, '__Host-device')) {
        return null;
    }
    const key = state.keys[fields[2]];
    if (!key || !/^[0-9]+$/.test(fields[2]) || !/^[0-9]{9,11}$/.test(fields[3]) || !/^[0-9]{9,11}$/.test(fields[4])) {
        return null;
    }
    if (!same(key, fields[6], signed(key, fields.slice(0, 6).join('.'), request))) {
        return null;
    }
    const expires = Number(fields[3]);
    const since = Number(fields[4]);
    if (fields[1] !== state.room || now >= expires || since < state.nb || expires - now > 3660) {
        return null;
    }
    return { expires: expires, since: since, checkout: fields[5] === 'c' };
}

function newest(state, now) {
    const hour = Math.floor(now / 3600);
    const kids = Object.keys(state.keys).map(Number).sort(function (a, b) { return b - a; });
    return kids.indexOf(hour) >= 0 ? hour : kids[0];
}

function answer(status, headers, cookies) {
    headers['cache-control'] = { value: 'no-store' };
    const response = { statusCode: status, statusDescription: status === 303 ? 'See Other' : 'Too Many Requests' };
    response.headers = headers;
    if (cookies) {
        response.cookies = cookies;
    }
    return response;
}

function query(request) {
    const parts = [];
    Object.keys(request.querystring).forEach(function (name) {
        const one = request.querystring[name];
        (one.multiValue || [one]).forEach(function (each) {
            parts.push(each.value === '' ? name : name + '=' + each.value);
        });
    });
    return parts.length > 0 ? '?' + parts.join('&') : '';
}

// A page that a person looks at, which may be redirected without harm.
function isPage(request) {
    return request.method === 'GET' && header(request, 'accept').indexOf('text/html') >= 0;
}

function turnedAway(request) {
    if (isPage(request)) {
        const back = encodeURIComponent(request.uri + query(request));
        return answer(303, { location: { value: ROOM_PATH + 'index.html?to=' + back } });
    }
    return answer(429, { 'retry-after': { value: '30' } });
}

// The same page again with a token that lives longer, or one that remembers that checkout has begun.
function renewed(state, room, request, token, now) {
    const checkout = token.checkout || matches(room.checkout, request.uri);
    const young = token.expires - now > room.session / 2;
    if (!isPage(request) || !request.uri.startsWith('/') || request.uri.startsWith('//') ||
        (young && checkout === token.checkout) || now - token.since > MAX_SINCE) {
        return null;
    }
    const kid = newest(state, now);
    const fields = ['1', state.room, kid, now + room.session, token.since, checkout ? 'c' : 'b'].join('.');
    const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=' + (room.session + 3600);
    const value = fields + '.' + signed(state.keys[kid], fields, request);
    return answer(
        303,
        { location: { value: request.uri + query(request) } },
        { '__Host-admit': { value: value, attributes: attributes } }
    );
}

// What to answer instead of the shop, or null.
function held(state, request, now) {
    const room = ROOMS[state.room];
    if (!room || now < state.from || now >= state.until || !guarded(room, request.uri)) {
        return null;
    }
    if (now >= state.lease && room.open) {
        return null;
    }
    const token = admitted(state, request, now);
    return token ? renewed(state, room, request, token, now) : turnedAway(request);
}

// Whether to turn away while the store can't be read: by what is known of the rooms without it.
function unknown(request, now) {
    return Object.keys(ROOMS).some(function (name) {
        const room = ROOMS[name];
        return !room.open && now >= room.from && now < room.until && guarded(room, request.uri);
    });
}

async function handler(event) {
    const request = event.request;
    request.headers['x-viewer-address'] = { value: event.viewer.ip };
    delete request.headers['x-degradation'];
    if (request.uri.startsWith(ROOM_PATH + 'api/')) {
        // CloudFront signs the request to the function's URL, and takes the digest of the body, of which there is none.
        request.headers['x-amz-content-sha256'] = { value: EMPTY };
        return request;
    }
    const now = Math.floor(Date.now() / 1000);
    let state;
    try {
        state = JSON.parse(await cf.kvs().get('state'));
        if (![state.from, state.until, state.lease, state.nb].every(Number.isFinite) || !state.keys) {
            throw new Error('no state');
        }
    } catch (error) {
        return unknown(request, now) ? turnedAway(request) : request;
    }
    const instead = held(state, request, now);
    if (instead === null && state.steps) {
        request.headers['x-degradation'] = { value: state.steps };
    }
    return instead || request;
}

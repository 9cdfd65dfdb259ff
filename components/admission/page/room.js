// The waiting page: takes a place, asks how far the queue has come, and enters once called. It asks the more often the
// nearer the call is, of an object that CloudFront keeps, so that a million who wait ask nobody else.
(function () {
  'use strict';
  var MIN_POLL = 5, MAX_POLL = 60;
  var place = null, lane = 0, first = null, fails = 0, joined = false;

  function show(id, text) {
    var node = document.getElementById(id);
    if (node && node.textContent !== text) { node.textContent = text; }
  }

  function target() {
    var to = new URLSearchParams(location.search).get('to') || '/';
    return /^\/(?![\/\\])[^\\\x00-\x1f]*$/.test(to) ? to : '/';
  }

  function call(path, method) {
    return fetch('/_room/' + path, { method: method, headers: { accept: 'application/json' } })
      .then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.json();
      });
  }

  function minutes(seconds) {
    if (seconds < 90) { return 'about a minute'; }
    if (seconds < 5400) { return 'about ' + Math.round(seconds / 60) + ' minutes'; }
    return 'about ' + (Math.round(seconds / 360) / 10) + ' hours';
  }

  // Customers of the own lane and those before it who are called first, and seconds until the own call.
  function ahead(status) {
    var own = Math.max(0, place - status.called[lane]);
    var before = status.waiting.slice(0, lane).reduce(function (sum, one) { return sum + Math.max(0, one); }, 0);
    return own + before;
  }

  function again(seconds) {
    var spread = 0.8 + 0.4 * Math.random();
    setTimeout(poll, 1000 * spread * Math.min(MAX_POLL, Math.max(MIN_POLL, seconds)));
  }

  function tell(status) {
    if (place === null) {
      var left = status.opening - Date.now() / 1000;
      show('room-place', left > 0 ? 'You have joined. Places are given at the opening.' : 'Your place is being given.');
      show('room-wait', left > 0 ? 'The sale opens in ' + minutes(left) + '. It makes no difference who came first.' : '');
      return again(left > 0 ? left / 4 : MIN_POLL);
    }
    var others = ahead(status);
    first = first === null ? Math.max(1, others) : first;
    document.getElementById('room-progress').value = Math.max(0, 1 - others / first);
    show('room-place', others.toLocaleString() + (others === 1 ? ' customer is' : ' customers are') + ' ahead of you.');
    show('room-wait', status.rate > 0 ? 'Expected wait: ' + minutes(others / status.rate) + '.'
      : 'The shop is letting nobody in right now. Your place is kept.');
    again(status.rate > 0 ? others / status.rate / 4 : MAX_POLL);
  }

  function enter() {
    return call('api/enter', 'GET').then(function (told) {
      if (told.admitted) {
        show('room-place', 'It is your turn. You are being let in.');
        show('room-wait', '');
        location.replace(target());
      } else { again(MIN_POLL); }
    }, function (error) {
      if (error.message === '410' || error.message === '409') { return join(); }
      throw error;
    });
  }

  function poll() {
    if (!joined) { return join().catch(lost); }
    call('status.json', 'GET').then(function (status) {
      fails = 0;
      if (status.everybody || (place !== null && place < status.called[lane])) { return enter(); }
      if (place === null && status.at >= status.opening) {
        return call('api/place', 'GET').then(function (told) { place = told.place; lane = told.lane; tell(status); });
      }
      tell(status);
    }).catch(lost);
  }

  function lost() {
    fails += 1;
    show('room-wait', 'The shop does not answer right now. This page tries again by itself; your place is kept.');
    again(MIN_POLL * Math.pow(2, fails));
  }

  function join() {
    return call('api/join', 'POST').then(function (told) {
      joined = true;
      place = told.place;
      lane = told.lane;
      first = null;
      poll();
    });
  }

  poll();
}());

"""Messages that are hard to read, one for each of those that RFC 4475 describes: its points, in our own words.

Each is written for one user agent. What only a run knows is filled in: $uri the Request-URI by which it is reached, $to its
address of record, $server its host:port, $proto UDP or TCP, $here the sender's host:port, $id what no other message has.
"""

import dataclasses
import itertools
import string

_count = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Torture:
    name: str
    section: str          # of RFC 4475
    text: bytes           # as sent, with the words to be filled in
    server: tuple         # statuses of which snomd answers one; None: silence
    phone: tuple          # the same of a virtual phone
    stream: tuple = ()    # over TCP, where both do otherwise than over UDP
    answers: int = 1      # over TCP, where two messages stand one behind the other

    def filled(self, proto, here, uri, to, server):
        """The bytes to send, and the Call-ID by which an answer is known."""
        call_id = f"torture-{next(_count)}"
        words = {"proto": proto, "here": here, "uri": uri, "to": to, "server": server, "id": call_id}
        text = string.Template(self.text.decode("latin-1")).safe_substitute(words)
        return text.encode("latin-1"), call_id.encode()



def message(*lines, body=b""):
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def request(method, *headers, uri="$uri", version="SIP/2.0", cseq=None, via=None, sender=None, to=None, contact=True,
            length="0", body=b"", call_id="Call-ID: $id", forwards="70"):
    """A sound request but for what is given."""
    lines = [f"{method} {uri} {version}",
             via or "Via: SIP/2.0/$proto $here;rport;branch=z9hG4bK-$id",
             f"Max-Forwards: {forwards}",
             to or "To: <$to>",
             sender or "From: <sip:caller@example.test>;tag=from-$id",
             call_id,
             cseq or f"CSeq: 8 {method}",
             *(["Contact: <sip:caller@$here>"] if contact is True else [contact] if contact else []),
             *headers,
             *([f"Content-Length: {length}"] if length is not None else [])]
    return message(*[line for line in lines if line], body=body)


SDP = (b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\n"
       b"a=rtpmap:0 PCMU/8000\r\n")


def offer(*headers, body=SDP, type="application/sdp", **more):
    return request("INVITE", f"Content-Type: {type}", *headers, length=len(body), body=body, **more)


MULTIPART = (b"--edge\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nfirst part\r\n"
             b"--edge\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
             b"\x00\x01\x30\x82\xff\xfe\r\n\r\n\x80\x00\r\n--edge--\r\n")

# A sound REGISTER's worth of what follows an extra message's end in one packet.
SECOND = request("OPTIONS", cseq="CSeq: 9 OPTIONS")

VALID = [
    Torture("short_tortuous_invite", "3.1.1.1", message(
        "INVITE $uri SIP/2.0",
        "TO :",
        " $to ;   tag    = 5x7",
        "from : \"Caller \\\\\\\"\"       <sip:caller@example.test>",
        "  ;",
        "  tag = 98asjd8",
        "MaX-fOrWaRdS: 0068",
        "Call-ID: $id",
        "cseq: 0009",
        "  INVITE",
        "Via  : SIP  /   2.0",
        " /$proto",
        "    $here;branch=z9hG4bK-$id;rport",
        "s :",
        "X-Folded:   first line",
        " second line",
        "X-Separators-Only: ;;,,;;,;",
        "Content-Type: application/sdp",
        "Route:",
        " <sip:$here;lr;with=value;without-value>",
        "v:  SIP  / 2.0  / TCP     192.0.2.33   ;",
        "  branch  =   z9hG4bK30239",
        "m:\"Quoted string \\\"\\\"\" <sip:caller@$here> ; newparam =",
        "      newvalue ;",
        "  secondparam ; q = 0.33",
        f"l: {len(SDP)}", body=SDP), server=(481,), phone=(481,)),
    Torture("wide_range_of_characters", "3.1.1.2", request(
        "Odd-Method.0123456789!%*_'~",
        to="To: \"BEL:\\\x07 DEL:\\\x7f\" <$to>",
        sender="From: odd~` display'+_ name*%!.- <sip:plain@example.test>;odd''~+*_!.-%=\"\xd1\x80\xd0\xb0\";tag=_odd~1'+`*%!-."),
        server=(501,), phone=(405, 501)),
    # Silence: the SIP library does not read such a method.
    Torture("plus_and_backquote_in_the_method", "3.1.1.2", request("Odd+Method`"), server=(501, None), phone=(405, None)),
    Torture("nul_in_a_quoted_string", "3.1.1.2", request(
        "Odd-Method",
        to="To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <$to>",
        sender="From: odd~` display'+_ name*%!.- <sip:plain@example.test>;odd''~+*_!.-%=\"\xd1\x80\xd0\xb0\";tag=_odd~1'+`*%!-."),
        server=(501, 400, None), phone=(405, 501, 400, None)),
    Torture("percent_in_the_user", "3.1.1.3", offer(
        to="To: <sip:%31001@example.test>", sender="From: <sip:with%20blanks@example.test>;tag=from-$id",
        contact="Contact: <sip:cal%6Cer@$here;%6C%72;p%61rt=%61ll%25%34%31>"), server=(401,), phone=(180,)),
    Torture("escaped_nul", "3.1.1.4", request(
        "REGISTER", to="To: <sip:nul%00inside@example.test>", sender="From: <sip:nul%00inside@example.test>;tag=$id",
        contact="Contact: <sip:%00@$here>\r\nContact: <sip:%00%00@$here>", uri="sip:example.test"),
        server=(401,), phone=(404,)),
    Torture("percent_that_is_no_escape", "3.1.1.5", request(
        "RE%47IST%45R", to="To: \"%Z%45\" <$to>", sender="From: \"%Z%45\" <sip:caller@example.test>;tag=f232jadfj23",
        contact="Contact: <sip:first@$here>\r\nContact: <sip:second@$here>"), server=(501,), phone=(405,)),
    Torture("no_blank_before_the_angle", "3.1.1.6", request(
        "OPTIONS", sender="From: caller<sip:caller@example.test>;tag=323"), server=(200,), phone=(200,)),
    Torture("long_values", "3.1.1.7", offer(
        f"Contact: <sip:{'callerwhosenameislong' * 6}@$here>",
        f"Unknown-{'long' * 20}Name: unknown-{'long' * 20}-value; unknown-{'long' * 20}-parameter-name = unknown-{'long' * 20}-value",
        "v: SIP/2.0/TCP sip33.example.test", f"v: SIP/2.0/TCP host.example.test;branch=z9hG4bK{'very' * 50}long",
        contact=None, to=f"To: \"I have a {'display name without end ' * 6}\" <$to:6000;unknownparam1={'very' * 20}longvalue;{'longparam' * 10}name=shortvalue>",
        sender=f"F: sip:{'callerwhosenameislong' * 6}@example.test;tag=12{'982424' * 50};unknown{'header' * 10}param=unknown{'value' * 20}"),
        server=(401,), phone=(180,)),
    Torture("octets_behind_a_datagram", "3.1.1.8", request(
        "OPTIONS", "X-First: yes") + SECOND, server=(200,), phone=(200,), answers=2),
    Torture("semicolon_in_the_user", "3.1.1.9", request(
        "OPTIONS", to="To: <sip:user;par=u%40example.net@example.test>", uri="sip:user;par=u%40example.test@$server"),
        server=(200,), phone=(404,)),
    Torture("varied_transports", "3.1.1.10", request(
        "OPTIONS", "Via: SIP/2.0/SCTP s1.example.test;branch=z9hG4bKkdjuw", "Via: SIP/2.0/TLS s3.example.test;branch=z9hG4bK2",
        "Via: SIP/2.0/UNKNOWN s4.example.test;branch=z9hG4bK-$id-4"), server=(200,), phone=(200,)),
    Torture("multipart_body", "3.1.1.11", request(
        "MESSAGE", "Content-Type: multipart/mixed;boundary=edge", length=len(MULTIPART), body=MULTIPART),
        server=(401,), phone=(415,)),
    Torture("unusual_reason_phrase", "3.1.1.12", message(
        "SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe \xd1\x81\xd1\x82\xd0\xbe", "Via: SIP/2.0/$proto $here;branch=z9hG4bK-$id",
        "Call-ID: $id", "CSeq: 35 INVITE", "From: <sip:user@example.test>;tag=11141343", "To: <$to>;tag=2229",
        "Content-Length: 0", "Contact: <sip:user@$here>"), server=(None,), phone=(None,)),
    Torture("no_reason_phrase", "3.1.1.13", message(
        "SIP/2.0 100 ", "Via: SIP/2.0/$proto $here;branch=z9hG4bK-$id", "Call-ID: $id", "CSeq: 35 INVITE",
        "From: <sip:user@example.test>;tag=11141343", "To: <$to>;tag=2229", "Content-Length: 0"),
        server=(None,), phone=(None,)),
]

INVALID = [
    Torture("extra_separators", "3.1.2.1", offer(
        via="Via: SIP/2.0/$proto $here;branch=z9hG4bK-$id;;,;,,", contact="Contact: \"Joe\" <sip:joe@$here>;;;;"),
        server=(400, None), phone=(400, None)),
    Torture("length_beyond_the_datagram", "3.1.2.2", request(
        "INVITE", "Content-Type: application/sdp", length="9999", body=SDP), server=(400,), phone=(400,), stream=(None,)),
    Torture("negative_length", "3.1.2.3", request(
        "INVITE", "Content-Type: application/sdp", length="-999", body=SDP), server=(400,), phone=(400,),
        stream=(400,)),
    Torture("overlarge_numbers", "3.1.2.4", request(
        "REGISTER", "Expires: 10000000000000000000000000000000", cseq="CSeq: 36893488147419103232 REGISTER", forwards="300",
        contact="Contact: <sip:user@$here>;expires=281474976710655", uri="sip:example.test"), server=(400,), phone=(400,)),
    Torture("overlarge_numbers_in_an_answer", "3.1.2.5", message(
        "SIP/2.0 503 Service Unavailable", "Via: SIP/2.0/$proto $here;branch=z9hG4bK-$id", "To: <$to>", "Call-ID: $id",
        "From: <sip:other@example.test>;tag=2", "CSeq: 99999999999999999999999 OPTIONS", "Content-Length: 0",
        "Retry-After: 999999999999999999999999999", "Warning: 1999 unheard-of \"Odd\""), server=(None,), phone=(None,)),
    Torture("open_quote", "3.1.2.6", request("OPTIONS", to="To: \"Front Desk <$to>"), server=(400,), phone=(400,)),
    Torture("angles_around_the_request_uri", "3.1.2.7", request("OPTIONS", uri="<$uri>"), server=(400,), phone=(400,)),
    Torture("blank_in_the_request_uri", "3.1.2.8", request("OPTIONS", uri="$uri; lr"), server=(400, None), phone=(400, None)),
    Torture("several_blanks_in_the_first_line", "3.1.2.9", request("OPTIONS", uri=" $uri "), server=(400, 200),
            phone=(400, 200)),
    Torture("blanks_behind_the_first_line", "3.1.2.10", request("OPTIONS", version="SIP/2.0  "), server=(400, 200),
            phone=(400, 200)),
    Torture("headers_in_the_request_uri", "3.1.2.11", request(
        "INVITE", uri="$uri?Route=%3Csip:elsewhere.example.test%3E"), server=(400,), phone=(400,)),
    Torture("unknown_time_zone", "3.1.2.12", request("OPTIONS", "Date: Fri, 01 Jan 2010 16:00:00 EST"), server=(200, 400),
            phone=(200, 400)),
    Torture("contact_with_headers_without_angles", "3.1.2.13", request(
        "REGISTER", contact="Contact: sip:user@$here?Route=%3Csip:elsewhere.example.test%3E", uri="sip:example.test"),
        server=(400,), phone=(400,)),
    Torture("blanks_in_the_address", "3.1.2.14", request("OPTIONS", to="To: \"Desk, Front\" < $to >"), server=(200, 400),
            phone=(200, 400)),
    Torture("comma_in_a_bare_display_name", "3.1.2.15", request(
        "OPTIONS", sender="From: Desk, Front <sip:caller@example.test>;tag=from-$id"), server=(400, 200), phone=(400, 200)),
    Torture("unknown_version", "3.1.2.16", request(
        "OPTIONS", version="SIP/7.0", via="Via: SIP/7.0/$proto $here;rport;branch=z9hG4bK-$id"), server=(505,),
        phone=(505,)),
    Torture("other_method_in_cseq", "3.1.2.17", request("OPTIONS", cseq="CSeq: 8 INVITE"), server=(400,), phone=(400,)),
    Torture("unknown_method_and_another_in_cseq", "3.1.2.18", request("NEWMETHOD", cseq="CSeq: 8 INVITE"), server=(400,),
            phone=(400,)),
    Torture("overlarge_status", "3.1.2.19", message(
        "SIP/2.0 4294967301 Far Too Much", "Via: SIP/2.0/$proto $here;branch=z9hG4bK-$id", "Call-ID: $id",
        "CSeq: 9353 INVITE", "From: <sip:user@example.test>;tag=1", "To: <$to>;tag=2", "Content-Length: 0"),
        server=(None,), phone=(None,)),
]

LAYERS = [
    Torture("branch_without_an_identifier", "3.2.1", request(
        "OPTIONS", via="Via: SIP/2.0/$proto $here;rport;branch=z9hG4bK"), server=(200,), phone=(200,)),
    Torture("required_headers_missing", "3.3.1", request(
        "INVITE", to=" ", sender=" ", cseq="CSeq: 193942 INVITE"), server=(400,), phone=(400,)),
    Torture("unknown_scheme", "3.3.2", request(
        "OPTIONS", uri="unheardof:opaque"), server=(416,), phone=(416,)),
    Torture("known_but_no_sip_scheme", "3.3.3", request("OPTIONS", uri="ldap://192.0.2.103:3002"), server=(416,),
            phone=(416,)),
    Torture("other_schemes_in_headers", "3.3.4", request(
        "REGISTER", to="To: <geo:0,0>", sender="From: <http://www.example.test>;tag=from-$id",
        contact="Contact: <news:comp.dcom>", uri="sip:example.test"), server=(404,), phone=(404,)),
    Torture("extensions_that_nobody_has", "3.3.5", request(
        "OPTIONS", "Require: x-first-extension, x-second-extension",
        "Proxy-Require: x-third-extension, x-fourth-extension"), server=(420,), phone=(420,)),
    Torture("unknown_content_type", "3.3.6", offer(
        type="application/x-unheard-of", body=b"<sound/>\r\n"), server=(401,),
        phone=(415,)),
    Torture("unknown_authorization_scheme", "3.3.7", request(
        "REGISTER", "Authorization: Wishful thinking=\"yes\"", uri="sip:example.test"), server=(401,),
        phone=(404,)),
    Torture("several_values_where_one_may_be", "3.3.8", offer(
        "CSeq: 59 INVITE", "Call-ID: other-$id", "To: <sip:other@example.test>", "From: <sip:third@example.test>;tag=92F9",
        "Max-Forwards: 5", "Content-Type: multipart/mixed"), server=(400,), phone=(400,)),
    Torture("several_lengths", "3.3.9", request("OPTIONS", "Content-Length: 7", length="5", body=b"A body "), server=(400,),
            phone=(400,), stream=(400, None)),
    Torture("answer_for_everybody", "3.3.10", message(
        "SIP/2.0 200 OK", "Via: SIP/2.0/$proto $here;branch=z9hG4bK-$id", "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK$id",
        "Call-ID: $id", "CSeq: 35 INVITE", "From: <sip:user@example.test>;tag=1", "To: <$to>;tag=2", "Content-Length: 0"),
        server=(None,), phone=(None,)),
    Torture("no_forwards_left", "3.3.11", request("OPTIONS", forwards="0"), server=(200,), phone=(200,)),
    Torture("acceptable_is_what_nobody_has", "3.3.15", offer("Accept: text/x-unheard-of"), server=(401,),
            phone=(406,)),
    Torture("rfc_2543", "3.4.1", message(
        "INVITE $uri SIP/2.0", "Via: SIP/2.0/$proto $here;rport", "From: <sip:old@example.test>", "To: <$to>", "Call-ID: $id",
        "CSeq: 1 INVITE", "Contact: <sip:old@$here>", "Content-Type: application/sdp", f"Content-Length: {len(SDP)}",
        body=SDP), server=(401,), phone=(180,)),
]

ALL = VALID + INVALID + LAYERS

"""Query parameters that say who sent a reader, not what is read.

To drop one too many is worse than to keep one: two articles of one identity are one article lost. So names
stand here in full, prefixes only where a vendor owns them, and ordinary words (`ref`, `source`) count only
with a value that names a channel.
"""

from __future__ import annotations

import re

_PREFIXES = (
    "utm_",  # Urchin, Google Analytics, and all who copied it
    "mtm_", "matomo_", "piwik_",  # Matomo
    "hsa_",  # HubSpot Ads
    "__cf_chl_",  # Cloudflare's challenge tokens
)  # fmt: skip

_NAMES = frozenset((
    # click ids: Google, Meta, Microsoft, Yandex, Twitter, TikTok, LinkedIn, Pinterest, Adobe, Snap, Reddit
    "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "_ga", "_gl", "fbclid", "igshid", "igsh",
    "msclkid", "yclid", "ysclid", "_openstat", "twclid", "ttclid", "li_fat_id", "epik", "s_kwcid",
    "ef_id", "sccid", "rdt_cid", "rb_clickid", "zanpid", "wickedid",
    # Facebook's open-graph actions and comment links
    "fb_action_ids", "fb_action_types", "fb_source", "fb_ref", "fb_comment_id", "action_object_map",
    "action_type_map", "action_ref_map",
    # Twitter's embeds
    "ref_src", "ref_url", "__twitter_impression",
    # newsletters: Mailchimp, HubSpot, Marketo, Omeda, Vero, MailerLite, Drip
    "mc_cid", "mc_eid", "_hsenc", "_hsmi", "_hsfp", "__hstc", "__hssc", "__hsfp", "mkt_tok",
    "oly_enc_id", "oly_anon_id", "vero_id", "vero_conv", "ml_subscriber", "ml_subscriber_hash", "__s",
    # audience measurement: old Matomo, AT Internet (BBC, France Médias Monde), Comscore, Webtrends, Adobe
    "pk_campaign", "pk_kwd", "pk_keyword", "pk_source", "pk_medium", "pk_content", "pk_cid", "xtor",
    "at_medium", "at_campaign", "at_campaign_type", "at_link_id", "at_link_type", "at_link_origin",
    "at_format", "at_ptr_name", "at_bbc_team", "at_custom1", "at_custom2", "at_custom3", "at_custom4",
    "at_platform", "at_variant", "at_creation", "at_network", "at_general", "at_position",
    "ns_mchannel", "ns_campaign", "ns_source", "ns_linkname", "ns_fee", "wt_mc", "wt.mc_id", "wt_zmc",
    "s_cid",
    # publishers' own: New York Times, MSN, Al Jazeera, Deutsche Welle, Conde Nast, Gannett, Yahoo, many
    "smid", "smtyp", "ocid", "traffic_source", "maca", "mbid", "cmpid", "icid", "ncid", "ftag",
    "sr_share", "guccounter", "guce_referrer", "guce_referrer_sig",
    # AMP caches and WordPress AMP: how the page was reached, not which
    "amp_js_v", "amp_gsa", "usqp", "amp_markup", "noamp", "nonamp",
    # WordPress: the page of one post with a reply form open
    "replytocom",
    # sessions in the address: a new one for each visit
    "phpsessid", "jsessionid", "sessionid", "phpsessionid", "cfid", "cftoken",
))  # fmt: skip

_SESSION_NAMES = frozenset(("sid", "sess", "sessid", "session", "session_id", "oscsid", "zenid"))
_SESSION_TOKEN = re.compile(r"(?=[a-z]*[0-9])(?=[0-9]*[a-z])[0-9a-z]{20,64}")
"""What such a name holds where it is a session: `sid=4711` and `session=spring-2026` say what is read."""

_CHANNEL_NAMES = frozenset((
    "ref", "referrer", "referer", "source", "src", "from", "via", "partner", "feature", "medium",
    "share", "origin", "feedtype", "campaign", "cid",
))  # fmt: skip
_CHANNELS = frozenset((
    "rss", "feed", "feeds", "atom", "rssfeed", "rss_feed", "rss-feed", "facebook", "fb", "twitter",
    "tw", "x", "whatsapp", "telegram", "instagram", "linkedin", "pinterest", "reddit", "tumblr",
    "pocket", "youtube", "tiktok", "viber", "email", "mail", "newsletter", "social", "share",
    "googlenews", "google_news", "flipboard", "applenews",
))  # fmt: skip

_AMP_ON = frozenset(("", "1", "true", "yes", "amp"))
_AMP_FORMS = frozenset(("outputtype", "output", "view", "mode", "format", "layout"))


def is_tracking(pair: str) -> bool:
    """Whether `name=value` of a query says how a reader came, or asks for the AMP twin of the page."""
    name, _, value = pair.partition("=")
    name = name.lower()
    if name in _NAMES or name.startswith(_PREFIXES):
        return True
    value = value.lower()
    if name == "amp":
        return value in _AMP_ON
    if name in _AMP_FORMS:
        return value == "amp"
    if name in _SESSION_NAMES:
        return _SESSION_TOKEN.fullmatch(value) is not None
    return name in _CHANNEL_NAMES and value in _CHANNELS

"""By what a bounce is known that has no fields: who sent it, and what it says, in the languages that servers write."""

import re

from newsletter.replies.bounces.wording import bare_words, reason_in
from newsletter.replies.status import ADDRESS
from newsletter.replies.structure import Message

_READ = 3_000  # characters of the words that tell
# Programs alone send as these; as the others people do too.
_DAEMON = re.compile(r"mailer-?daemon|\bmdaemon", re.IGNORECASE)
_ADMIN = re.compile(
    r"post[-_]?master|mail[ ._-]?deliver\w*|delivery[ ._-]?(?:system|subsystem|agent)|mail[ ._-]?admin",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(r"bulk|junk|auto", re.IGNORECASE)
_ROBOT = re.compile(
    r"\b(?:no-?reply|do-?not-?reply|bounces?|root|mailer|mail-?server|system|administrator|smtp)[\w.+-]*@",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"""undeliver | returned\ mail | failure\ notice | (?:mail|message|delivery)\ .{0,20}fail | delivery\ (?:status|notification|problem|error|report|warning|delay) | delayed\ mail
      | non-?\ ?deliver | not\ (?:be\ )?deliver | could\ not\ (?:be\ )?(?:send|sent|deliver) | returning\ (?:message\ )?to\ sender | bounce | error\ sending
      | unzustellbar | nicht\ (?:zugestellt|zustellbar) | non\ remis | remise\ .{0,20}(?:[ée]chou|impossible) | [ée]chec\ de | no\ se\ (?:puede|ha\ podido)\ entregar
      | impossibile\ recapitare | mancato\ recapito | n[ãa]o\ .{0,12}entregue | onbestelbaar | niet\ bezorgd | niedostarcz | не\ доставлен | недоставлен
      | 配信(?:でき|不能|失敗) | 送信(?:でき|エラー) | 退信 | 无法(?:送达|投递) | 無法(?:傳遞|傳送) | 배달.{0,6}(?:실패|못)""",
    re.VERBOSE | re.IGNORECASE,
)
_NO_BOUNCE = re.compile(
    r"auto(?:matic)?[ -]?(?:reply|response|matische)|out of (?:the )?office|abwesen|absence", re.IGNORECASE
)
_ANSWERED = re.compile(r"(?:re|fwd?|aw|wg|sv|tr|rv|antw)\s*:", re.IGNORECASE)
_FROM_NOBODY = re.compile(r"^<>$|mailer-daemon", re.IGNORECASE)
# What the report itself says, in any of the languages that servers write.
_TOLD = re.compile(
    r"""(?:could\ not|cannot|can't|was\ not|wasn't|were\ not|has\ not\ been|not\ be|unable\ to|failed\ to|couldn't)\ (?:be\ )?(?:deliver|reach|send|sent)
      | did\ not\ (?:reach|receive) | attempting\ to\ deliver | undeliver | non-?deliver | deliver\w*\ (?:\w+\ ){0,6}(?:fail|delay|problem|error|impossible) | fail\w*\ (?:\w+\ ){0,4}deliver | failed\ recipient | been\ (?:delayed|postponed)
      | no\ such\ user | user\ unknown | unknown\ user | mailbox\ (?:is\ )?(?:full|unavailable) | \b5\d\d[ -]5\.\d\.\d | invalid\ user\ address | automatically\ rejected
      | nicht\ (?:zugestellt|zustell) | unzustellbar | n'a\ pas\ (?:pu|[ée]t[ée]) | non\ remis | no\ (?:se\ ha\ podido|se\ pudo|ha\ podido|pudo) | impossibile | non\ [èe]\ stato\ (?:possibile|recapitato) | n[ãa]o\ (?:foi|p[ôo]de|pode)
      | niet\ (?:worden\ )?(?:bezorgd|afgeleverd) | не\ (?:может\ быть\ )?доставлен | nie\ (?:mo[żg]|zosta) | 配信|送信でき|届け | 无法|無法|退回|失败 | 배달""",
    re.VERBOSE | re.IGNORECASE,
)
_WENT_WELL = re.compile(
    r"""successful(?:ly)?\ (?:mail\ )?(?:deliver|relay) | deliver\w*\ (?:has\ been\ |was\ )?(?:successful|complete) | relayed\ to\ non\ DSN | erfolgreich\ zugestellt
      | (?:remis|livr[ée])\w*\ avec\ succ[èe]s | (?:entregad|consegnat|recapitat)\w+\ (?:correctamente|con\ (?:[ée]xito|sucesso|successo)|correttamente)""",
    re.VERBOSE | re.IGNORECASE,
)
_DELAYED = re.compile(
    r"""(?:not|has|have)\ (?:yet\ )?been\ (?:delayed|delivered\ is) | (?:still\ being|will\ be)\ retried | warning\ (?:message\ )?only
      | yet\ to\ be\ delivered | attempts\ will\ continue | we'll\ keep\ trying | will\ (?:keep|continue)\ (?:on\ )?(?:trying|attempting|to\ (?:try|attempt))""",
    re.VERBOSE | re.IGNORECASE,
)


def is_from_a_server(message: Message) -> bool:
    """Whether its sender is one that mail programs alone send as, or a postmaster."""
    sender = message.headers.get("from")
    return bool(_DAEMON.search(sender) or _ADMIN.search(sender))


def is_by_a_program(message: Message, words: str) -> bool:
    """Whether a mail program says in these words that it could not deliver, and not a person or an auto-reply.

    Where the sender does not settle it, it takes two signs of four, and one of them in the head: a person may write
    in such words under such a subject, and attach what came back to them.
    """
    head = message.headers
    subject, sender = head.get("subject"), head.get("from")
    if head.get("x-failed-recipients") or (_DAEMON.search(sender) and not _NO_BOUNCE.search(subject)):
        return True
    if _NO_BOUNCE.search(subject):
        return False
    nobody = _FROM_NOBODY.search(head.get("return-path")) or not ADDRESS.search(sender)
    signs = (
        nobody,
        _ADMIN.search(sender),
        _SUBJECT.search(subject) and not _ANSWERED.match(subject),
        _TOLD.search(words[:_READ]) or reason_in(bare_words(words)),
    )
    return sum(map(bool, signs)) > 1 and bool(nobody or _ADMIN.search(sender) or _is_automatic(message))


def _is_automatic(message: Message) -> bool:
    """Whether a program says that it is one, or sends as one, whose name may mean a person."""
    head = message.headers
    return bool(
        head.get("auto-submitted").strip().lower() not in ("", "no")
        or message.parts[0].type == "multipart/report"
        or _AUTOMATIC.search(head.get("precedence"))
        or _ROBOT.search(head.get("from"))
    )


def is_success(words: str) -> bool:
    """Whether the words say that all went well, and nothing else."""
    return bool(_WENT_WELL.search(words)) and not (_TOLD.search(words) or reason_in(bare_words(words)))


def is_delay(words: str) -> bool:
    """Whether the words say that it will be tried again."""
    return bool(_DELAYED.search(words))

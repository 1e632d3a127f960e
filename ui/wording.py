"""Every fixed sentence of the pages, in Chinese and English.

Knows texts only. What is answered to a question is the engine's business.
"""

from __future__ import annotations

NAMES = {"zh": "中文", "en": "English"}

_TEXTS: dict[str, tuple[str, str]] = {
    # The customer page
    "assistant": ("智能助手", "Assistant"),
    "tagline": ("智能助手 · 随时在线", "Automated assistant · always here"),
    "you": ("您", "You"),
    "greeting": (
        "您好，我是{company}的智能助手，不是真人。您可以直接问我问题；想找真人，随时点上方的「{person}」。",
        "Hello, I'm the automated assistant of {company}, not a person. Ask me anything; to reach "
        "a person, press '{person}' at the top whenever you like.",
    ),
    "greeting_title": ("有什么可以帮您？", "How can I help?"),
    "try": ("大家常问", "People often ask"),
    "person": ("人工客服", "Talk to a person"),
    "new_chat": ("新对话", "New chat"),
    "new_chat_help": ("开始一段新的对话", "Start a new chat"),
    "placeholder": ("请输入您的问题", "Type your question"),
    "placeholder_human": ("给{agent}留言", "Write to {agent}"),
    "typing": ("正在输入", "typing"),
    "waiting_turn": ("已收到，马上处理", "Received, next in line"),
    "sources": ("参考来源", "Sources"),
    "kind_faq": ("常见问题", "FAQ"),
    "kind_document": ("文档", "Document"),
    "kind_past_reply": ("客服以往的回复", "Earlier reply by our team"),
    "open_link": ("打开链接", "Open link"),
    "thumb_up": ("有帮助", "Helpful"),
    "thumb_down": ("没帮助", "Not helpful"),
    "thanks": ("感谢您的反馈", "Thank you for telling us"),
    "why": ("哪里不对？您的回答会帮我们改进。", "What was wrong? It helps us do better."),
    "reason_wrong": ("内容不对", "It's incorrect"),
    "reason_missed": ("答非所问", "Not what I asked"),
    "reason_old": ("信息过时", "Out of date"),
    "reason_unclear": ("看不明白", "Hard to understand"),
    "reason_placeholder": (
        "也可以写下具体原因，回车提交",
        "Or say it in your own words, then Enter",
    ),
    "guess": ("您想问的是：", "Did you mean:"),
    "queued": (
        "正在等待人工客服。{ahead}可以先把情况写下来，同事都会看到。",
        "Waiting for a person. {ahead}Write on meanwhile: they will read it all.",
    ),
    "ahead": ("前面还有 {n} 位。", "{n} ahead of you. "),
    "ahead_one": ("前面还有 1 位。", "1 person ahead of you. "),
    "next": ("您是下一位。", "You are next. "),
    "cancel": ("取消等待", "Stop waiting"),
    "human": ("{agent} 正在为您服务", "{agent} is helping you"),
    "human_note": ("智能助手已暂停回复。", "The assistant is silent meanwhile."),
    "closed": (
        "本次对话已结束。继续输入即可重新开始。",
        "This chat was closed. Write again to reopen it.",
    ),
    "offered": ("需要为您转接人工客服吗？", "Shall I connect you to a person?"),
    "offer_yes": ("转人工", "Yes, please"),
    "offer_no": ("暂不需要", "No, thanks"),
    "too_long": (
        "这段话有 {n} 个字，一次最多 {limit} 个字。请精简或分几次发送，您的原文还在输入框里。",
        "Your message has {n} characters; {limit} is the most at a time. Please shorten it or send "
        "it in parts. Your text is still in the box.",
    ),
    "empty": ("请先写下您的问题。", "Please write your question first."),
    "busy": (
        "前面的几条消息还在处理，请稍等片刻再发送。",
        "Your earlier messages are still being answered. Please wait a moment, then send again.",
    ),
    "too_fast": (
        "这条消息没有发出：您发得太快了，请过一分钟再试。",
        "This message was not sent: too many in a short time. Please try again in a minute.",
    ),
    "sorry_handed": (
        "抱歉，我这边出了点问题，没能答完。您的消息已经保存，并已为您转接人工客服。",
        "Sorry, something went wrong on my side and I couldn't finish. Your message is kept, and I "
        "have asked a person to help you.",
    ),
    "sorry": (
        "抱歉，系统暂时出了点问题，请稍后再试。",
        "Sorry, something went wrong on our side. Please try again in a moment.",
    ),
    "event_request": ("已为您呼叫人工客服", "A person was asked to join"),
    "event_cancel": ("已取消等待人工客服", "Waiting for a person was cancelled"),
    "event_take": ("{agent} 加入了对话", "{agent} joined the chat"),
    "event_give_back": ("已转回智能助手", "The assistant is back"),
    "event_requeue": ("正在为您换一位同事", "Another colleague will take over"),
    "event_close": ("对话已结束", "The chat was closed"),
    # The desk: frame
    "desk": ("客服工作台", "Service desk"),
    "sign_in": ("登录", "Sign in"),
    "sign_in_hint": (
        "请使用管理员为您开通的账号",
        "Use the account your administrator made for you",
    ),
    "name": ("姓名", "Name"),
    "password": ("密码", "Password"),
    "wrong_sign_in": ("姓名或密码不正确。", "Name and password don't match."),
    "slow_down": (
        "尝试次数过多，请等待 {n} 秒后再试。",
        "Too many failed tries. Wait {n} s, then try again.",
    ),
    "no_staff": (
        "还没有任何账号。请在服务器上运行：assistant staff add 姓名",
        "There is no account yet. On the server, run: assistant staff add NAME",
    ),
    "refused": (
        "请求不是从本页面发出的，已被拒绝。请打开登录页重新登录。",
        "This request did not come from this page and was refused. "
        "Open the sign-in page and try again.",
    ),
    "signed_out": ("您已退出登录。", "You are signed out."),
    "sign_out": ("退出", "Sign out"),
    "role_agent": ("客服", "Agent"),
    "role_admin": ("管理员", "Admin"),
    "page_conversations": ("会话", "Conversations"),
    "page_knowledge": ("知识库", "Knowledge"),
    "page_figures": ("数据", "Figures"),
    # The desk: conversations
    "queue": ("等待人工", "Waiting for a person"),
    "mine": ("我正在处理", "With me"),
    "recent": ("最近会话", "Recent"),
    "nobody_waits": ("现在没有人在等待。", "Nobody is waiting."),
    "no_conversations": ("还没有会话。", "No conversations yet."),
    "choose": ("选择一个会话", "Choose a conversation"),
    "choose_hint": (
        "左侧列出正在等待的客户，等得最久的排在最前面。",
        "The list shows customers who wait for a person, longest first.",
    ),
    "no_message": ("（客户还没有留言）", "(no message yet)"),
    "waits": ("已等 {time}", "waiting {time}"),
    "state_bot": ("智能助手", "Assistant"),
    "state_offered": ("已提议转人工", "Person offered"),
    "state_queued": ("等待中", "Waiting"),
    "state_human": ("{agent} 处理中", "With {agent}"),
    "state_closed": ("已结束", "Closed"),
    "customer": ("客户", "Customer"),
    "take": ("接手", "Take over"),
    "give_back": ("交回助手", "Give back to the assistant"),
    "close": ("结束会话", "Close"),
    "requeue": ("放回队列", "Back to the queue"),
    "reply_box": ("回复客户，回车发送", "Reply to the customer, Enter sends"),
    "take_first": ("接手后即可回复。", "Take over to reply."),
    "held": ("{agent} 正在处理此会话。", "{agent} has this conversation."),
    "why_handed": ("转接原因：{note}", "Reason: {note}"),
    "gone": ("这个会话不存在。", "This conversation does not exist."),
    "review": ("评价", "Review"),
    "review_title": ("这条回复对吗？", "Was this reply right?"),
    "right": ("正确", "Right"),
    "wrong": ("错误", "Wrong"),
    "better": ("更好的回答", "A better answer"),
    "better_hint": (
        "会用于训练；请写可以直接发给客户的话",
        "Used for training; write what a customer may read",
    ),
    "save": ("保存", "Save"),
    "saved_for_use": ("已保存，类似的问题会用到它", "Saved; questions like this one will be answered with it"),
    "saved": ("已保存", "Saved"),
    "reviewed_right": ("{by}：正确", "{by}: right"),
    "reviewed_wrong": ("{by}：错误", "{by}: wrong"),
    "customer_up": ("客户认为有帮助", "Customer: helpful"),
    "customer_down": ("客户认为没帮助", "Customer: not helpful"),
    "confidence": ("把握 {n}%", "{n}% sure"),
    "action_answer": ("回答", "Answered"),
    "action_template": ("固定回复", "Fixed text"),
    "action_clarify": ("追问", "Asked back"),
    "action_handoff": ("转人工", "Handed over"),
    "action_decline": ("未能回答", "Could not answer"),
    "action_hold": ("未发言", "Silent"),
    # The desk: knowledge
    "search": ("搜索", "Search"),
    "search_hint": ("问题、答案或编号", "Question, answer or id"),
    "status": ("状态", "Status"),
    "category": ("分类", "Category"),
    "all": ("全部", "All"),
    "status_published": ("已发布", "Published"),
    "status_draft": ("草稿", "Draft"),
    "status_retired": ("已停用", "Retired"),
    "add": ("新增问答", "Add FAQ"),
    "edit": ("编辑", "Edit"),
    "retire": ("停用", "Retire"),
    "restore": ("恢复", "Restore"),
    "found": ("共 {n} 条", "{n} entries"),
    "nothing_found": ("没有符合条件的问答。", "No entry matches."),
    "no_knowledge": (
        "知识库还是空的，先添加第一条问答吧。",
        "Nothing here yet. Add the first FAQ.",
    ),
    "no_side": ("还没有{language}版", "No {language} version yet"),
    "question": ("问题", "Question"),
    "answer": ("答案", "Answer"),
    "similar": ("其他问法（每行一个）", "Other ways to ask (one per line)"),
    "valid_from": ("生效日期", "Valid from"),
    "valid_until": ("截止日期", "Valid until"),
    "url": ("链接", "Link"),
    "cancel_edit": ("返回", "Back"),
    "adding": ("新增问答", "New FAQ"),
    "editing": ("编辑问答", "Edit FAQ"),
    "live_soon": (
        "已保存，客户几秒内就能问到。",
        "Saved. Customers get this answer within seconds.",
    ),
    "retired_done": ("已停用，助手不再使用这条问答。", "Retired. The assistant no longer uses it."),
    "restored_done": ("已恢复。", "Restored."),
    "pages": ("第 {n} / {total} 页", "Page {n} of {total}"),
    "previous": ("上一页", "Previous"),
    "following": ("下一页", "Next"),
    "bad_both_empty": (
        "请至少填写一种语言的问题和答案。",
        "Fill in question and answer in at least one language.",
    ),
    "bad_half": (
        "{language}版只填了一半：还缺{part}。请补全，或把这一侧全部清空。",
        "The {language} side is half filled: the {part} is missing. Complete it, or "
        "clear that side.",
    ),
    "bad_cleared": (
        "{language}版原来有内容，不能清空。不再需要整条问答时，请使用「停用」。",
        "The {language} side had content and can't be emptied. Use 'Retire' for an entry that "
        "is no longer needed.",
    ),
    "bad_long": (
        "{language}版的{part}有 {n} 个字，最多 {limit} 个字。",
        "The {language} {part} has {n} characters; {limit} is the most.",
    ),
    "bad_date": (
        "日期“{value}”无法识别，请写成 2026-01-31 这样的格式。",
        "'{value}' is not a date. Write it like 2026-01-31.",
    ),
    "bad_dates": ("截止日期早于生效日期。", "'Valid until' lies before 'valid from'."),
    "bad_url": (
        "链接要以 http:// 或 https:// 开头。",
        "A link must begin with http:// or https://.",
    ),
    "bad_twin": (
        "已有相同的{language}问题，编号 {id}。请直接编辑那一条。",
        "The same {language} question exists as {id}. Edit that one instead.",
    ),
    "bad_stale": (
        "您编辑期间，这条问答已被别人改动。请返回后重新打开，再做修改。",
        "Somebody changed this entry while you were editing. Go back, open it again, "
        "then make your change.",
    ),
    # The desk: figures
    "period": ("时间范围", "Period"),
    "days": ("近 {n} 天", "{n} days"),
    "conversations_count": ("会话数", "Conversations"),
    "questions_count": ("客户提问", "Customer messages"),
    "by_itself": ("助手独立解决", "Without a person"),
    "by_itself_help": (
        "没有请求人工的会话所占比例",
        "Share of conversations that asked for no person",
    ),
    "thumbs_share": ("好评率", "Helpful"),
    "thumbs_help": ("客户点赞占全部评价的比例（共 {n} 次评价）", "Thumbs up among {n} thumbs"),
    "per_day": ("每日会话", "Conversations a day"),
    "dial": ("风险旋钮", "The risk dial"),
    "no_dial": ("还没有可以画的置信度。", "There is no judged confidence to draw yet."),
    "dial_told": (
        "{language}：答错不超过 {risk} 时，约 {coverage} 的问题由助手直接回答（置信度从 {at} 起）。{kind}",
        "{language}: with at most {risk} of answers wrong, about {coverage} of questions are answered "
        "(from a confidence of {at}). {kind}",
    ),
    "dial_off": (
        "{language}：旋钮未启用，置信度 {at} 起直接回答，约 {coverage} 的问题，其中约 {wrong} 答错。{kind}",
        "{language}: the dial is off; from a confidence of {at} about {coverage} of questions are answered, "
        "about {wrong} of these wrongly. {kind}",
    ),
    "dial_promise": ("依据贵公司 {own} 个有标注的问题。", "Promised by {own} labelled questions of your own."),
    "dial_measured": ("依据贵公司 {own} 个有标注的问题计算。", "Measured on {own} labelled questions of your own."),
    "dial_estimate": (
        "估计值：依据 {n} 个有标注的问题，其中贵公司的 {own} 个（满 200 个才算承诺）。",
        "An estimate from {n} labelled questions, {own} of them your own (a promise from 200 on).",
    ),
    "dial_answered": ("直接回答的问题", "questions answered"),
    "dial_wrong": ("其中答错的", "of these wrong"),
    "dial_spread": (
        "置信度分布：轴上为最佳答案正确的问题，轴下为错误的问题。",
        "Where the confidence lies: questions whose best answer is right above the axis, wrong below it.",
    ),
    "dial_right": ("正确", "right"),
    "dial_wrong_one": ("错误", "wrong"),
    "dial_confidence": ("置信度（每档 0.1）", "confidence, in tenths"),
    "dial_counts": ("问题数", "questions"),
    "dial_from": ("置信度从", "confidence from"),
    "by_action": ("助手如何回应", "What the assistant did"),
    "thumbs_day": ("客户评价", "Customers' thumbs"),
    "thumbs_count": ("次数", "Count"),
    "unanswered": ("没能回答的问题", "Questions that nothing answered"),
    "unanswered_hint": (
        "这里的每一条都值得补充到知识库。",
        "Each of these is a candidate for the knowledge base.",
    ),
    "none_unanswered": ("这段时间的问题都有答案。", "Everything was answered in this period."),
    "times": ("{n} 次", "{n}×"),
    "add_answer": ("补充答案", "Add answer"),
    "no_figures": ("这段时间还没有会话。", "There were no conversations in this period."),
    "day": ("日期", "Day"),
    "share": ("比例", "Share"),
}


def say(name: str, in_language: str, /, **values: object) -> str:
    """Return the sentence called `name` in `in_language` ("zh" or "en"), its values filled in."""
    text = _TEXTS[name][0 if in_language == "zh" else 1]
    return text.format(**values) if values else text


def names() -> list[str]:
    """Return the names of all sentences."""
    return list(_TEXTS)

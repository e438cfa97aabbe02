# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What customers and the agent write, in English and in Korean."""

# kind: ((English subject, text), (Korean subject, text)); indexed by "is Korean"
MAILS = {
    "noise": (
        (
            "Unusual noise at high speed",
            "Hello,\n\nour machine {serial} makes a grinding noise above 6,000 rpm "
            "since this morning. Production runs at half speed. Please advise.\n",
        ),
        (
            "고속 회전 시 이상 소음",
            "안녕하세요.\n\n장비 {serial}에서 오늘 아침부터 6,000rpm 이상에서 갈리는 "
            "소리가 납니다. 생산 속도를 절반으로 낮춘 상태입니다. 확인 부탁드립니다.\n",
        ),
    ),
    "leak": (
        (
            "Oil leak",
            "Hello,\n\nunder machine {serial} there is a puddle of oil every morning. "
            "Is this covered by the warranty?\n",
        ),
        (
            "오일 누유",
            "안녕하세요.\n\n장비 {serial} 아래에 매일 아침 오일이 고여 있습니다. 보증 "
            "수리가 가능한지 알려 주십시오.\n",
        ),
    ),
    "error": (
        (
            "Machine stops with error E-214",
            "Hello,\n\n{serial} stops with E-214 after twenty minutes. We have "
            "restarted it three times. The line stands still, please call us.\n",
        ),
        (
            "E-214 오류로 장비 정지",
            "안녕하세요.\n\n{serial} 장비가 20분마다 E-214 오류로 멈춥니다. 세 번 "
            "재시작했지만 같은 증상입니다. 라인이 서 있으니 연락 부탁드립니다.\n",
        ),
    ),
    "parts": (
        (
            "Which filter fits?",
            "Hello,\n\nwhich filter cartridge do we need for {serial}, and how fast "
            "can you deliver ten boxes?\n",
        ),
        (
            "필터 규격 문의",
            "안녕하세요.\n\n{serial} 장비에 맞는 필터 카트리지 규격과 10박스 납기를 "
            "알려 주십시오.\n",
        ),
    ),
    "training": (
        (
            "Training for two operators",
            "Hello,\n\ntwo new operators start next month. Do you offer a training on "
            "our machine {serial}?\n",
        ),
        (
            "작업자 교육 문의",
            "안녕하세요.\n\n다음 달에 신규 작업자 두 명이 입사합니다. {serial} 장비 "
            "교육이 가능한지 문의드립니다.\n",
        ),
    ),
    "invoice": (
        (
            "Question about the last invoice",
            "Hello,\n\nthe quantity on the last invoice does not match our delivery "
            "slip. Please check.\n",
        ),
        (
            "최근 청구서 문의",
            "안녕하세요.\n\n최근 청구서의 수량이 납품서와 다릅니다. 확인 "
            "부탁드립니다.\n",
        ),
    ),
}

ANSWERS = (
    "Thank you for your message. We have looked at the history of the machine and will "
    "come back to you with a date.",
    "문의해 주셔서 감사합니다. 장비 이력을 확인했으며 일정을 곧 안내해 드리겠습니다.",
)
SOLUTIONS = (
    "The matter is settled: our technician has checked the machine and replaced what "
    "was worn. Please write to us if it happens again.",
    "처리가 완료되었습니다. 기술자가 장비를 점검하고 마모된 부품을 교체했습니다. 같은 "
    "증상이 있으면 다시 연락 주십시오.",
)

"""What may stand in a block: buttons, menus, inputs. https://docs.slack.dev/reference/block-kit/block-elements"""

from bot.demo.workspace.shapes import Check, Shape, boolean, many, number, one_of, plain_text, string, text_object, url

Fields = dict[str, Check]

ACTION_ID: Fields = {"action_id": string(255)}
OPTION = Shape({"text": text_object(75), "value": string(150)}, {"description": text_object(75), "url": url()})
OPTION_GROUP = Shape({"label": plain_text(75), "options": many(OPTION, 100)})
CONFIRM = Shape(
    {"title": plain_text(100), "text": text_object(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)
IMAGE = Shape(
    {"alt_text": string(2000)}, {"image_url": url(), "slack_file": Shape()}, any_of=("image_url", "slack_file")
)

_MENU: Fields = {**ACTION_ID, "placeholder": plain_text(150), "confirm": CONFIRM, "focus_on_load": boolean}
_CHOICES: Fields = {"options": many(OPTION, 100), "option_groups": many(OPTION_GROUP, 100)}
_SEVERAL: Fields = {"initial_options": many(OPTION, 100), "max_selected_items": number}
_ANY_TEXT = string(3000, shortest=0)

BUTTON = Shape(
    {"text": plain_text(75)},
    {
        **ACTION_ID,
        "url": url(),
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
ELEMENTS: Fields = {
    "button": BUTTON,
    "static_select": Shape({}, {**_MENU, **_CHOICES, "initial_option": OPTION}, any_of=("options", "option_groups")),
    "multi_static_select": Shape({}, {**_MENU, **_CHOICES, **_SEVERAL}, any_of=("options", "option_groups")),
    "users_select": Shape({}, {**_MENU, "initial_user": string(30)}),
    "channels_select": Shape({}, {**_MENU, "initial_channel": string(30), "response_url_enabled": boolean}),
    "conversations_select": Shape(
        {},
        {
            **_MENU,
            "initial_conversation": string(30),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": Shape({}, {"include": many(string(20), 4), "exclude_bot_users": boolean}),
        },
    ),
    "overflow": Shape({"options": many(OPTION, 5)}, {**ACTION_ID, "confirm": CONFIRM}),
    "datepicker": Shape({}, {**_MENU, "initial_date": string(10)}),
    "timepicker": Shape({}, {**_MENU, "initial_time": string(5), "timezone": string(100)}),
    "checkboxes": Shape(
        {"options": many(OPTION, 10)}, {**ACTION_ID, "initial_options": many(OPTION, 10), "confirm": CONFIRM}
    ),
    "radio_buttons": Shape({"options": many(OPTION, 10)}, {**ACTION_ID, "initial_option": OPTION, "confirm": CONFIRM}),
    "plain_text_input": Shape(
        {},
        {
            **ACTION_ID,
            "placeholder": plain_text(150),
            "initial_value": _ANY_TEXT,
            "multiline": boolean,
            "min_length": number,
            "max_length": number,
            "focus_on_load": boolean,
        },
    ),
}
# Text is typed in modals; elsewhere only these may stand.
IN_ACTIONS: Fields = {name: shape for name, shape in ELEMENTS.items() if name != "plain_text_input"}
IN_SECTION: Fields = {**IN_ACTIONS, "image": IMAGE}

// What the rows of a rule say, in the language of the page.

const chinese = globalThis.document?.documentElement.lang.startsWith("zh") ?? true;

/** Return the sentence in the language of the page. */
export const say = (zh, en) => (chinese ? zh : en);

export const OPERATOR_NAMES = {
  "==": say("为", "is"),
  "!=": say("不为", "is not"),
  ">": say("大于", "greater than"),
  ">=": say("不小于", "at least"),
  "<": say("小于", "less than"),
  "<=": say("不大于", "at most"),
  between: say("介于", "between"),
  in: say("属于", "is one of"),
  notin: say("不属于", "is none of"),
  inlist: say("在名单中", "is on the list"),
  notinlist: say("不在名单中", "is not on the list"),
  has: say("包含", "includes"),
  hasnot: say("不包含", "does not include"),
  is: say("成立", "holds"),
  some: say("至少一条记录满足", "has a record with"),
  none: say("没有记录满足", "has no record with"),
  all: say("每条记录均满足", "has only records with"),
  filled: say("已填写", "is filled in"),
  missing: say("未填写", "is not filled in"),
};

/** Return what a comparison of a field is called. */
export function operatorName(op, isList) {
  if (!op.startsWith("count")) return OPERATOR_NAMES[op];
  return (isList ? say("条数", "records ") : say("选中项数", "choices ")) + OPERATOR_NAMES[op.slice(5)];
}

export const words = {
  all: say("全部满足", "All hold"),
  any: say("任一满足", "Any holds"),
  joined: say("条件之间的关系", "How the conditions join"),
  field: say("字段", "Field"),
  operator: say("比较", "Comparison"),
  value: say("值", "Value"),
  from: say("起", "From"),
  to: say("止", "To"),
  source: say("比较的对象", "Compare with"),
  ownValue: say("固定值", "A value"),
  otherField: say("另一字段", "Another field"),
  choose: say("请选择", "Choose"),
  yes: say("是", "Yes"),
  no: say("否", "No"),
  add: say("添加条件", "Add a condition"),
  addGroup: say("添加条件组", "Add a group"),
  remove: say("删除", "Delete"),
  group: say("条件组", "Group"),
  unfinished: say("此行未填完，不计入规则", "Unfinished: this row does not count"),
  perLine: say("每行一个", "One per line"),
  always: say("无条件", "Always"),
  onRecords: say("只统计满足下列条件的记录", "Only records with"),
  measured: say("取值", "Value"),
  complex: say("此规则较复杂，请在 Excel 或类型包中修改", "This rule is too rich for rows: change it in Excel or in the package"),
  number: (n) => say(`第${n}条`, `Row ${n}`),
};

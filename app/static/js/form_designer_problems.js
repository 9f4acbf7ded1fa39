// What the server says of the form, as an author reads it beside the field; the wording of the server for everything else.

import { sentenceOf } from "./studio_problems.js";
import { t } from "./form_designer_words.js";

const SENTENCES = [
  [/'(.*)' is not a key/, () => t("标识须以小写字母开头，只含小写字母、数字和下划线，最多 40 个字符。")],
  [/unknown key '(.*)'/, (_, key) => t("不支持的内容“%s”，请在 Excel 或类型包中删除。").replace("%s", key)],
  [/duplicate key '(.*)'/, (_, key) => t("标识“%s”重复，请更换。").replace("%s", key)],
  [/missing key 'value'/, () => t("请设置计算方法。")],
  [/missing key '(label|title)'/, () => t("请填写名称。")],
  [/missing key 'fields'|\.fields: at least one/, () => t("栏目中还没有字段，请添加。")],
  [/\.(?:columns|rows): at least one/, () => t("至少需要一行和一列。")],
  [/choices '?(\w*)'? is not defined/, () => t("请选择选项清单。")],
  [/text_template .* is not among/, () => t("请选择承诺书。")],
  [/span must be (\d+) to (\d+)/, (_, least, most) => t("宽度须为 %s 格。").replace("%s", `${least}-${most}`)],
  [/takes the whole grid/, () => t("此类型占整行，请不要设置宽度。")],
  [/beside .* must name an earlier field/, () => t("“并排在”须选择同一栏目中排在前面的字段。")],
  [/default .* is refused by its own field: (.*)/, (_, reason) => `${t("默认内容：")}${reason}`],
  [/greater than max|min.* is greater/, () => t("下限大于上限，请核对。")],
  [/cannot stand inside a table/, () => t("此类型不能放在表格中。")],
  [/ext must list/, () => t("请选择允许的文件格式。")],
  [/max_mb must be 1 to (\d+)/, (_, most) => t("单个文件大小须为 1-%s MB。").replace("%s", most)],
  [/max_files must be/, () => t("文件个数须为 1-200，且不少于至少上传的个数。")],
  [/max_rows must be 1 to (\d+)/, (_, most) => t("最多条数须为 1-%s。").replace("%s", most)],
  [/is reserved for/, () => t("此标识由系统使用，请更换。")],
  [/markup is not allowed/, () => t("不能包含尖括号标记。")],
  [/unknown placeholder (\{.*\})/, (_, name) => t("没有名为 %s 的变量。").replace("%s", name)],
];

/** Return a located problem as a sentence. */
export function problemSentence(problem) {
  for (const [pattern, sentence] of SENTENCES) {
    const found = pattern.exec(problem);
    if (found) return sentence(...found);
  }
  return sentenceOf(problem);
}

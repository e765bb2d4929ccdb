/** Members that only another request takes, in the letters of their names, and what to say of them. */
export const membersElsewhere: Record<string, string> = {
  phonenumber: 'PATCH /technicians/<id>, because only technicians have one',
}

/**
 * What requests of other small ticket systems call members and parameters, without regard to case, dashes and
 * underscores, and our names for them. A refusal names the first that the request may have.
 */
export const foreignMembers: Record<string, string[]> = {
  page: ['cursor'],
  skip: ['cursor'],
  offset: ['cursor'],
  pagesize: ['limit'],
  perpage: ['limit'],
  sortby: ['sort'],
  order: ['sort'],
  orderby: ['sort'],
  sortorder: ['sort'],
  search: ['q'],
  query: ['q'],
  keyword: ['q'],
  title: ['subject'],
  description: ['issue_description'],
  message: ['issue_description', 'body'],
  content: ['body', 'issue_description'],
  text: ['body', 'issue_description'],
  category: ['issue_category'],
  department: ['issue_category', 'category'],
  type: ['issue_category'],
  createdby: ['customer_id'],
  customer: ['customer_id'],
  userid: ['customer_id', 'user_id_or_email'],
  clientid: ['customer_id'],
  assignedto: ['technician_id'],
  assignee: ['technician_id'],
  agent: ['technician_id'],
  agentid: ['technician_id'],
  technician: ['technician_id'],
  resolution: ['resolution_summary'],
  solution: ['resolution_summary'],
  isinternal: ['visibility'],
  isprivate: ['visibility'],
  username: ['user_id_or_email', 'user_id', 'name'],
  login: ['user_id_or_email'],
  phone: ['phone_number'],
  filename: ['file_name'],
  mimetype: ['content_type'],
  hash: ['sha256'],
  undotoken: ['token'],
}
